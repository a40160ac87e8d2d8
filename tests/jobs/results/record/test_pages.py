"""The doors to the run record, and the paragraph on the pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from freeloader_site.logs import without_secrets
from jobs.models import Job
from jobs.results.record.crate import crate_json
from jobs.results.record.methods import methods_text
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.pages import Page, read
from tests.jobs.scenes import SCENES, link_of
from tests.walk import walk_to

pytestmark = pytest.mark.django_db
NAME = "ro-crate-metadata.json"
Address = Callable[[Job], str]


def of_result(job: Job) -> str:
    return f"/r/{link_of(job).token}/{NAME}"


def of_job(job: Job) -> str:
    return f"/j/{job.status_token}/{NAME}"


@pytest.mark.parametrize("address", [of_result, of_job])
def test_who_has_a_link_gets_the_record_under_its_own_name(
    client: Client, pipeline: Pipeline, address: Address
) -> None:
    job = scenes.delivered(pipeline)
    response = client.get(address(job))
    assert response.json() == crate_json(job)
    assert response["Content-Type"] == "application/ld+json"
    assert response["Content-Disposition"] == f'attachment; filename="{NAME}"'
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"


def test_to_fetch_it_is_no_download_of_the_result(client: Client, pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    for ask in (client.get, client.head):
        ask(of_result(job))
        ask(of_job(job))
    link = link_of(job)
    assert link.downloads == 0
    assert [act.kind for act in link.acts.all()] == ["made"]


def test_after_the_end_the_result_link_says_so_and_the_status_link_has_it_still(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.delivered(pipeline)
    before = client.get(of_job(job)).json()
    job.links.update(expires_at=timezone.now())
    walk_to(job, State.EXPIRED)
    assert "This link has ended" in read(client.get(of_result(job)), status=410).text
    assert client.get(of_job(job)).json() == before


WITHOUT = [
    "uploading",
    "held",
    "rejected",
    "pending",
    "running",
    "completed",
    "failed",
    "cancelled",
]


@pytest.mark.parametrize("scene", WITHOUT)
def test_without_a_result_there_is_no_record(
    client: Client, pipeline: Pipeline, scene: str
) -> None:
    assert client.get(of_job(SCENES[scene](pipeline))).status_code == 404


def test_a_job_that_expired_before_it_was_sent_has_none(client: Client, pipeline: Pipeline) -> None:
    job = scenes.announced(pipeline)
    job.move_to(State.EXPIRED)
    assert client.get(of_job(job)).status_code == 404
    assert not methods_section(read(client.get(f"/j/{job.status_token}/")))


def test_a_token_of_nobodys_opens_nothing(client: Client, pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    for path in (f"/r/{job.status_token}/{NAME}", f"/j/{link_of(job).token}/{NAME}"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("address", [of_result, of_job])
def test_its_address_stands_in_no_log(pipeline: Pipeline, address: Address) -> None:
    path = address(scenes.delivered(pipeline))
    assert without_secrets(path) == f"{path[:3]}…/{NAME}"


def methods_section(page: Page) -> list[str]:
    """The paragraph, where the page has it."""
    return page.texts.get("blockquote", [])


def test_the_result_page_has_the_paragraph_and_a_link_to_the_record(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.delivered(pipeline)
    page = read(client.get(f"/r/{link_of(job).token}/"))
    assert methods_section(page) == [methods_text(job)]
    assert of_result(job) in [link.get("href") for link in page.all("a")]
    assert [one["lang"] for one in page.all("blockquote")] == ["en"]


@pytest.mark.parametrize("scene", ["delivered", "expired"])
def test_the_status_page_has_them_for_good(client: Client, pipeline: Pipeline, scene: str) -> None:
    job = SCENES[scene](pipeline)
    page = read(client.get(f"/j/{job.status_token}/"))
    assert methods_section(page) == [methods_text(job)]
    assert of_job(job) in [link.get("href") for link in page.all("a")]


def test_its_title_is_escaped(client: Client, pipeline: Pipeline) -> None:
    pipeline.title = scenes.HOSTILE
    job = scenes.delivered(pipeline)
    page = read(client.get(f"/r/{link_of(job).token}/"))
    assert "<script>alert(1)</script>" in methods_section(page)[0]


def test_in_german_the_paragraph_stays_english(client: Client, pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    address = f"/r/{link_of(job).token}/"
    response = client.get(address, headers={"Accept-Language": "de"})
    page = Page(response.content.decode())
    assert page.all("html")[0]["lang"] == "de"
    assert methods_section(page) == [methods_text(job)]


def may_see_jobs(user: User) -> User:
    """What staff get from their group."""
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    return user


def test_the_pi_gets_the_record_from_the_jobs_page_and_eve_does_not(
    client: Client, pipeline: Pipeline, ada: User
) -> None:
    job = scenes.delivered(pipeline)
    page = f"/admin/jobs/job/{job.pk}/change/"
    record = f"/admin/jobs/job/{job.pk}/record/"
    assert client.get(record).status_code == 302  # to log in
    client.force_login(may_see_jobs(ada))
    assert record in client.get(page).content.decode()
    assert client.get(record).json() == crate_json(job)
    eve = may_see_jobs(User.objects.create_user("eve", is_staff=True))
    client.force_login(eve)
    assert client.get(record).status_code == 404


def test_staff_see_no_link_to_a_record_that_is_not_there(
    client: Client, pipeline: Pipeline, sam: User
) -> None:
    job = scenes.running(pipeline)
    client.force_login(sam)
    assert "/record/" not in client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    assert client.get(f"/admin/jobs/job/{job.pk}/record/").status_code == 404

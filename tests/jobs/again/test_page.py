"""“Run it again” on the status page: the box, its button, and what is told when it is too late."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs.models import Job
from jobs.states import State
from pipelines.code import read_code
from pipelines.models import Pipeline
from pipelines.publish import publish_code
from tests.conftest import SOURCE
from tests.jobs import scenes
from tests.jobs.pages import Page, read, status_text
from tests.walk import walk_to
from uploads.models import Quota, Upload

pytestmark = pytest.mark.django_db


def page_of(client: Client, job: Job) -> Page:
    return read(client.get(f"/j/{job.status_token}/"))


def name_on(page: Page) -> str:
    return next(field["value"] or "" for field in page.all("input") if field["name"] == "name")


def press(client: Client, job: Job, name: str = "") -> Any:
    """What the button does; without `name`, that of the page as it is now."""
    name = name or name_on(page_of(client, job))
    return client.post(f"/j/{job.status_token}/again", {"name": name})


def the_new(job: Job) -> Job:
    return job.repeated_by.get()


def test_the_button_leads_to_the_new_jobs_page(client: Client, pipeline: Pipeline) -> None:
    job = scenes.kept(pipeline)
    answer = press(client, job)
    assert answer.status_code == 303
    assert answer["Location"] == f"/j/{the_new(job).status_token}/"
    text = status_text(client, the_new(job))
    assert f"These files were sent for job {job.short_id}; they are used once more." in text
    assert "Your files were taken to be used once more" in text
    assert "You asked for it to be run again" in text
    assert "You announced" not in text


def test_the_box_says_until_when_and_by_which_version(
    client: Client, pipeline: Pipeline, ada: User
) -> None:
    job = scenes.kept(pipeline)
    text = status_text(client, job)
    assert "Your files are kept until" in text
    assert "by the same version of the code." in text
    publish_code(pipeline, read_code(SOURCE + b"\n# 2\n"), file_name="w.py", user=ada)
    assert "a newer version of the code: version 2 of" in status_text(client, job)
    newer = the_job_pressed(client, job)
    pipeline.refresh_from_db()
    pipeline.code = pipeline.versions.get(number=1)
    pipeline.save()
    walk_to(newer, State.DELIVERED)
    Job.objects.filter(pk=newer.pk).update(expires_at=timezone.now())
    assert "an older version of the code" in status_text(client, newer)


def the_job_pressed(client: Client, job: Job) -> Job:
    press(client, job)
    return the_new(job)


def test_pressed_twice_or_in_two_tabs_it_is_one_job(client: Client, pipeline: Pipeline) -> None:
    job = scenes.kept(pipeline)
    name = name_on(page_of(client, job))
    answers = [press(client, job, name) for _ in range(3)]
    assert len({answer["Location"] for answer in answers}) == 1
    assert job.repeated_by.count() == 1
    press(client, job)  # from a page that was loaded since, it is another wish
    assert job.repeated_by.count() == 2


def test_the_old_page_leads_to_its_repetitions_and_not_the_other_way_round(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.repeated(pipeline)
    new = the_new(job)
    old_links = [link["href"] for link in page_of(client, job).all("a")]
    assert f"/j/{new.status_token}/" in old_links
    answer = client.get(f"/j/{new.status_token}/").content.decode()
    assert job.short_id in answer
    assert job.status_token not in answer
    assert job.links.get().token not in answer


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_runs_nothing(client: Client, pipeline: Pipeline, method: str) -> None:
    job = scenes.kept(pipeline)
    answer = getattr(client, method)(f"/j/{job.status_token}/again")
    assert (answer.status_code, answer["Location"]) == (302, f"/j/{job.status_token}/")
    assert not job.repeated_by.exists()


def test_a_token_of_nobodys_runs_nothing(client: Client, db: None) -> None:
    assert client.post("/j/nobodys-token/again", {"name": uuid4()}).status_code == 404


@pytest.mark.parametrize("name", ["", "no-uuid"])
def test_a_name_that_no_page_gave_is_refused(client: Client, pipeline: Pipeline, name: str) -> None:
    job = scenes.kept(pipeline)
    answer = client.post(f"/j/{job.status_token}/again", {"name": name})
    assert "Please load it again" in read(answer, 409).text
    assert not job.repeated_by.exists()


def test_a_click_that_comes_too_late_is_told_why(client: Client, pipeline: Pipeline) -> None:
    job = scenes.kept(pipeline)
    name = name_on(page_of(client, job))
    Upload.objects.update(let_go_at=timezone.now())
    page = read(press(client, job, name), 409)
    assert page.texts["h1"] == ["It was not run again"]
    assert "deleted, or about to be. Please send your files again." in page.text
    assert "/p/word-count/" in [link["href"] for link in page.all("a")]
    assert "Run it again" not in status_text(client, job)


def test_a_quota_that_is_used_up_is_told(client: Client, pipeline: Pipeline) -> None:
    job = scenes.kept(pipeline)
    Quota.objects.filter(scope="email").update(max_uploads=1)
    assert "as often today as is allowed" in read(press(client, job), 429).text
    assert not job.repeated_by.exists()


def test_files_that_the_page_takes_no_more_are_told_without_a_button(
    client: Client, pipeline: Pipeline
) -> None:
    page = page_of(client, scenes.kept_in_vain(pipeline))
    assert "cannot be run again at the moment. The page takes other files now" in page.text
    assert not page.all("form")


def test_where_nothing_is_kept_there_is_no_box(client: Client, pipeline: Pipeline) -> None:
    assert "Run it again" not in status_text(client, scenes.delivered(pipeline))


def test_the_jobs_page_in_the_admin_shows_both_ways(
    client: Client, pipeline: Pipeline, sam: User
) -> None:
    job = scenes.repeated(pipeline)
    new = the_new(job)
    client.force_login(sam)
    answer = client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    assert f"/admin/jobs/job/{new.pk}/change/" in answer
    answer = client.get(f"/admin/jobs/job/{new.pk}/change/").content.decode()
    assert f'<a href="/admin/jobs/job/{job.pk}/change/">{job.short_id}</a>' in answer

"""The admin of jobs: what staff decide on a job's own page, and what its lists say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from jobs.models import Alarm, Job
from jobs.results.acts import revoke
from jobs.states import State
from jobs.wording import short_moment_text
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.steps.following import fresh
from tests.walk import walk_to

pytestmark = pytest.mark.django_db


def press(client: Client, job: Job, decision: str, reason: str = "") -> Any:
    url = f"/admin/jobs/job/{job.pk}/decide/"
    return client.post(url, {"decision": decision, "reason": reason}, follow=True)


@pytest.mark.parametrize(
    ("decision", "reason", "state"),
    [
        ("release", "These are test data.", State.CLEAN),
        ("reject", "These are real patients.", State.REJECTED),
        ("cancel", "Olga asked for it.", State.CANCELLED),
    ],
)
def test_staff_decide_about_a_held_job_on_its_page(
    client: Client, sam: User, pipeline: Pipeline, decision: str, reason: str, state: State
) -> None:
    job = scenes.held(pipeline)
    client.force_login(sam)
    page = press(client, job, decision, reason).content.decode()
    assert f"Job {job} is “{state.label}” now." in page
    last = job.transitions.last()
    assert last is not None
    assert (last.new, last.actor) == (state, "sam")
    assert last.reason == reason


@pytest.mark.parametrize("decision", ["release", "reject", "cancel"])
def test_whoever_decides_says_why(
    client: Client, sam: User, pipeline: Pipeline, decision: str
) -> None:
    job = scenes.held(pipeline)
    client.force_login(sam)
    assert "Please write the reason" in press(client, job, decision).content.decode()
    assert fresh(job).state == State.HELD


def test_the_page_offers_what_can_be_decided_now(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    client.force_login(sam)

    def offered(job: Job) -> list[str]:
        page = client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
        names = ("release", "reject", "cancel")
        return [name for name in names if f'name="decision" value="{name}"' in page]

    assert offered(scenes.held(pipeline)) == ["release", "reject", "cancel"]
    assert offered(scenes.running(pipeline)) == ["cancel"]
    assert offered(scenes.delivered(pipeline)) == []


def test_the_list_leads_to_the_review_of_what_is_held_and_releases_nothing_itself(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    held, on_hold = scenes.held(pipeline), scenes.on_hold(pipeline)
    running = scenes.running(pipeline)
    client.force_login(sam)
    page = client.get("/admin/jobs/job/").content.decode()
    for job, place in ((held, "review"), (on_hold, "decide")):
        address = f"/admin/jobs/job/{job.pk}/change/"
        assert page.count(f'<a href="{address}#{place}" aria-label="') == 1
        assert f'id="{place}"' in client.get(address).content.decode()
    assert f"/admin/jobs/job/{running.pk}/change/#" not in page
    assert '<option value="release">' not in page
    chosen = {"action": "release", "_selected_action": str(held.pk)}
    client.post("/admin/jobs/job/", chosen)
    assert fresh(held).state == State.HELD


@pytest.mark.parametrize(("words", "is_found"), [("olga", True), ("FAR.ex", True), ("eve@", False)])
def test_a_job_is_found_by_a_part_of_its_address(
    client: Client, sam: User, pipeline: Pipeline, words: str, is_found: bool
) -> None:
    job = scenes.running(pipeline)
    client.force_login(sam)
    page = client.get("/admin/jobs/job/", {"q": words}).content.decode()
    assert (f"/admin/jobs/job/{job.pk}/change/" in page) is is_found


def test_what_is_to_be_decided_stands_below_what_it_is_decided_by(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    client.force_login(sam)

    def order(job: Job) -> list[str]:
        page = client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
        return sorted((name for name in ("starts", "decide", "review") if f'id="{name}"' in page),
                      key=lambda name: page.index(f'id="{name}"'))  # fmt: skip

    assert order(scenes.on_hold(pipeline))[:2] == ["starts", "decide"]
    assert order(scenes.held(pipeline)) == ["review", "decide"]


def test_times_are_told_the_same_way_in_lists_and_on_pages(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    client.force_login(sam)
    job = scenes.delivered(pipeline)
    page = client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    assert f'<div class="readonly">{short_moment_text(job.created_at)}</div>' in page


def test_a_decision_that_came_too_late_changes_nothing(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    client.force_login(sam)
    assert "left alone" in press(client, job, "release", "Fine.").content.decode()
    assert fresh(job).state == State.RUNNING


def test_who_may_only_look_decides_nothing_and_a_stranger_finds_nothing(
    client: Client, ada: User, pipeline: Pipeline
) -> None:
    job = scenes.held(pipeline)
    eve = User.objects.create_user("eve", is_staff=True)
    eve.user_permissions.set(Permission.objects.filter(content_type__app_label="jobs"))
    client.force_login(eve)
    assert press(client, job, "cancel", "mine").status_code == 404
    ada.user_permissions.set(Permission.objects.filter(codename="view_job"))
    client.force_login(ada)
    assert press(client, job, "cancel", "mine").status_code == 403
    assert fresh(job).state == State.HELD


def test_the_jobs_page_tells_how_often_it_was_handed_in(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    job = scenes.running(pipeline)
    job.attempts.update(submission=3)
    job.save_fields(submission=3)
    client.force_login(sam)
    page = client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    assert "<td>3</td><td>1</td>" in page
    assert "Submission:" in page


def test_the_job_page_and_the_list_say_why_with_the_names_of_files(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    job = scenes.arrived(pipeline, State.SCANNING)
    job.move_to(
        State.HELD, "File 1 could not be checked for viruses: it is encrypted. " + "x" * 200
    )
    client.force_login(sam)
    page = client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    assert page.count("“Grüße, Olga.csv” could not be checked for viruses") == 2
    assert page.index("could not be checked") < page.index("Timeline")
    listed = client.get("/admin/jobs/job/").content.decode()
    assert "could not be checked for viruses" in listed
    assert "x" * 200 not in listed


@pytest.fixture
def alarms(db: None) -> None:
    """One that is over, newer than two that are open."""
    now = timezone.now()
    for cause, age_h, ended_at in (("old", 9, None), ("new", 5, None), ("over", 1, now)):
        raised_at = now - timedelta(hours=age_h)
        Alarm.objects.create(cause=cause, text=f"{cause}!", raised_at=raised_at, ended_at=ended_at)


def test_open_alarms_come_first_and_can_be_seen_alone(
    client: Client, sam: User, alarms: None
) -> None:
    client.force_login(sam)
    page = client.get("/admin/jobs/alarm/").content.decode()
    assert page.index("new!") < page.index("old!") < page.index("over!")
    assert "over!" not in client.get("/admin/jobs/alarm/?open=yes").content.decode()
    assert "new!" not in client.get("/admin/jobs/alarm/?open=no").content.decode()


def test_a_pi_sees_no_alarms(client: Client, ada: User, alarms: None) -> None:
    ada.user_permissions.set(Permission.objects.filter(codename="view_alarm"))
    client.force_login(ada)
    assert client.get("/admin/jobs/alarm/").status_code == 403


def test_the_job_page_says_when_the_link_to_the_result_was_withdrawn(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    job = scenes.delivered(pipeline)
    client.force_login(sam)
    page = f"/admin/jobs/job/{job.pk}/change/"
    assert client.get(page).context["stands"] == "delivered"
    revoke(scenes.link_of(job), actor="ada")

    response = client.get(page)

    assert response.context["stands"] == "The link to the result was withdrawn"
    assert response.context["why"] == ""


def test_of_a_job_that_has_ended_slurms_word_is_told_as_the_last_seen(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    job = scenes.running(pipeline)
    job.save_fields(slurm_state="RUNNING")
    client.force_login(sam)
    page = f"/admin/jobs/job/{job.pk}/change/"
    assert "last seen" not in client.get(page).content.decode()
    walk_to(job, State.DELIVERED)
    assert "RUNNING (last seen before it ended)" in client.get(page).content.decode()


def test_a_jobs_page_tells_sizes_of_its_results_as_people_do(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    job = scenes.delivered(pipeline)
    job.results.filter(number=1).update(size_bytes=175_108)
    client.force_login(sam)
    page = client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    assert "175 kB" in page
    assert "175108" not in page


def test_letters_are_listed_the_newest_first(client: Client, sam: User, pipeline: Pipeline) -> None:
    scenes.delivered(pipeline)
    client.force_login(sam)
    response = client.get("/admin/jobs/letter/")
    times = [letter.created_at for letter in response.context["cl"].result_list]
    assert len(times) > 1
    assert times == sorted(times, reverse=True)
    assert "css/admin.css" in response.content.decode()

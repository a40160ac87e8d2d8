"""What staff decide about many jobs: the list asks once more, for a reason, before it acts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from jobs.models import Job
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.steps.following import fresh

pytestmark = pytest.mark.django_db
LIST = reverse("admin:jobs_job_changelist")
SURE = reverse("admin:jobs_job_at_once")


@pytest.fixture
def desk(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


def choose(desk: Client, action: str, *jobs: Job) -> str:
    data = {"action": action, "_selected_action": [str(job.pk) for job in jobs]}
    return str(desk.post(LIST, data, follow=True).content.decode())


def answer(desk: Client, decision: str, *jobs: Job, reason: str) -> Any:
    data = {"decision": decision, "jobs": [str(job.pk) for job in jobs], "reason": reason}
    return desk.post(SURE, data, follow=True)


def fields(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)"', page)


@pytest.mark.parametrize(
    ("action", "asked"), [("reject", "Reject the files of these jobs?"), ("cancel", "Cancel these")]
)
def test_the_list_asks_before_it_decides(
    desk: Client, pipeline: Pipeline, action: str, asked: str
) -> None:
    jobs = [scenes.held(pipeline), scenes.held(pipeline)]
    page = choose(desk, action, *jobs)
    assert asked in page
    assert "cannot be brought back" in page
    assert sorted(fields(page, "jobs")) == sorted(str(job.pk) for job in jobs)
    assert fields(page, "decision") == [action]
    assert {fresh(job).state for job in jobs} == {State.HELD}


def test_those_of_which_it_cannot_be_decided_are_named_and_not_asked_about(
    desk: Client, pipeline: Pipeline
) -> None:
    held, running = scenes.held(pipeline), scenes.running(pipeline)
    page = choose(desk, "reject", held, running)
    assert fields(page, "jobs") == [str(held.pk)]
    assert f">{running}</a> ({running.get_state_display()})" in page
    assert "none stands where" in choose(desk, "reject", running)


@pytest.mark.parametrize(
    ("decision", "state"), [("reject", State.REJECTED), ("cancel", State.CANCELLED)]
)
def test_all_get_the_one_reason(
    desk: Client, pipeline: Pipeline, decision: str, state: State
) -> None:
    jobs = [scenes.held(pipeline), scenes.held(pipeline)]
    page = answer(desk, decision, *jobs, reason="The study is over.").content.decode()
    assert f"2 of 2 are “{state.label}” now" in page
    for job in jobs:
        last = job.transitions.last()
        assert last is not None
        assert (last.new, last.actor, last.reason) == (state, "sam", "The study is over.")


def test_one_that_has_moved_on_meanwhile_is_named_and_left_alone(
    desk: Client, pipeline: Pipeline
) -> None:
    held, released = scenes.held(pipeline), scenes.released(pipeline)
    page = answer(desk, "reject", held, released, reason="No.").content.decode()
    assert fresh(held).state == State.REJECTED
    assert fresh(released).state == State.CLEAN
    assert "1 of 2" in page
    assert f"Job {released} is" in page


def test_without_a_reason_it_asks_again(desk: Client, pipeline: Pipeline) -> None:
    job = scenes.held(pipeline)
    page = answer(desk, "cancel", job, reason=" ").content.decode()
    assert "Please write the reason" in page
    assert fields(page, "jobs") == [str(job.pk)]
    assert fresh(job).state == State.HELD


@pytest.mark.parametrize("decision", ["release", "go-on", ""])
def test_nothing_is_released_at_once(desk: Client, pipeline: Pipeline, decision: str) -> None:
    job = scenes.held(pipeline)
    answer(desk, decision, job, reason="Fine.")
    assert fresh(job).state == State.HELD


def test_more_than_a_form_can_hold_are_not_taken(
    desk: Client, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.desk.at_once.AT_MOST", 1)
    page = choose(desk, "cancel", scenes.held(pipeline), scenes.held(pipeline))
    assert "jobs at most" in page
    assert "cannot be brought back" not in page


def test_nobody_decides_about_what_is_not_hers(
    client: Client, ada: User, pipeline: Pipeline
) -> None:
    job = scenes.held(pipeline)
    eve = User.objects.create_user("eve", is_staff=True)
    eve.user_permissions.set(Permission.objects.filter(content_type__app_label="jobs"))
    client.force_login(eve)
    answer(client, "cancel", job, reason="Mine.")
    ada.user_permissions.set(Permission.objects.filter(codename="view_job"))
    client.force_login(ada)
    assert answer(client, "cancel", job, reason="Mine.").status_code == 403
    assert fresh(job).state == State.HELD

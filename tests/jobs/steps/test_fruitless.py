"""A job that is interrupted again and again in vain is held, and people decide; nothing is lost."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backends.base import ClusterError, Phase
from backends.memory import MemoryCluster, MemoryStore
from jobs import alarms, tasks
from jobs.models import Alarm, Attempt, Job
from jobs.starts import fruitless
from jobs.starts.fruitless import has_more
from jobs.states import State
from jobs.steps.decide import decide
from tests.jobs.starts.noted import begin, parts_job
from tests.jobs.steps.following import fresh, look, run_to_its_end

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_are_too_many(settings: Settings) -> None:
    settings.FRUITLESS_STARTS = 3
    settings.SUPPORT_EMAIL = "sam@uni.example"


def saved(digest: str) -> dict[str, Any]:
    return {"kind": "checkpoint", "digest": digest, "saved_at": 1_790_000_000}


def interrupt(job: Job, site: MemoryCluster, begun_with: dict[str, Any] | None = None) -> Job:
    """One more start that is seen, notes its begin and is killed."""
    site.start(job.key)
    job = look(job)
    begin(site, job, job.restart_count, begun_with=begun_with or {})
    site.preempt(job.key)
    return look(job)


def held(job: Job, site: MemoryCluster) -> Job:
    """The job, interrupted four times: three starts found no more than the one before."""
    for _ in range(4):
        job = interrupt(job, site)
    return job


def test_a_job_that_saves_nothing_is_held_and_says_so(
    pending_job: Job, site: MemoryCluster, client: Client
) -> None:
    job = pending_job
    for count in range(3):
        job = interrupt(job, site)
        assert (job.fruitless_starts, site.observe([job.ref])[job.key].phase) == (
            count,
            Phase.WAITING,
        )
    job = interrupt(job, site)
    assert site.observe([job.ref])[job.key].phase is Phase.HELD
    assert (job.state, job.fruitless_starts) == (State.PENDING, 3)
    page = client.get(f"/j/{job.status_token}/").content.decode()
    assert "On hold: people decide how it goes on" in page
    assert "It was interrupted 3 times before it could save anything." in page
    assert "your files are safe" in page


def test_to_look_again_at_what_is_held_changes_nothing(
    pending_job: Job, site: MemoryCluster
) -> None:
    job = held(pending_job, site)
    moves = job.transitions.count()
    look(job)
    assert look(job).transitions.count() == moves


def test_a_job_that_saves_more_each_time_is_never_held(
    pending_job: Job, site: MemoryCluster
) -> None:
    job = pending_job
    for start in range(8):
        job = interrupt(job, site, saved(f"{start}"))
    assert job.fruitless_starts == 0
    assert site.observe([job.ref])[job.key].phase is Phase.WAITING


def test_one_gain_makes_the_count_start_anew(pending_job: Job, site: MemoryCluster) -> None:
    job = pending_job
    for found in ({}, {}, {}, saved("a"), saved("a"), saved("a")):
        job = interrupt(job, site, found)
    assert job.fruitless_starts == 2


def test_its_pi_gets_a_letter_and_staff_an_alarm(
    pending_job: Job, site: MemoryCluster, ada: User
) -> None:
    tasks.send_letters()
    mail.outbox.clear()
    job = held(pending_job, site)
    alarms.look()
    tasks.send_letters()
    to = {letter.to[0]: letter for letter in mail.outbox}
    assert "on hold until you decide" in to[ada.email].subject
    assert "interrupted 3 times before it could save anything" in to[ada.email].body
    assert f"/admin/jobs/job/{job.pk}/" in to[ada.email].body
    alarm = Alarm.objects.get()
    assert f"{job.short_id} (3 times)" in alarm.text
    assert "Let it go on" in alarm.text
    assert alarm.text in to["sam@uni.example"].body
    assert "olga@far.example" not in to


def test_people_let_it_go_on_and_it_counts_anew(
    pending_job: Job, site: MemoryCluster, store: MemoryStore, client: Client, sam: User
) -> None:
    job = held(pending_job, site)
    client.force_login(sam)
    url = f"/admin/jobs/job/{job.pk}/decide/"
    assert 'value="go-on"' in client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    client.post(url, {"decision": "go-on", "reason": "It is a quiet week."})
    job = look(job)
    assert site.observe([job.ref])[job.key].phase is Phase.WAITING
    alarms.look()
    assert not Alarm.objects.filter(ended_at=None).exists()
    page = client.get(f"/j/{job.status_token}/").content.decode()
    assert "It was let go on" in page
    assert "It is a quiet week." in page
    job = interrupt(job, site)
    assert job.fruitless_starts == 0
    site.start(job.key)
    job = look(job)
    run_to_its_end(job, site, store, attempt=job.restart_count)
    assert look(job).state == State.COMPLETED


def test_what_was_let_go_on_and_saves_nothing_again_is_held_again(
    pending_job: Job, site: MemoryCluster
) -> None:
    job = held(pending_job, site)
    decide(job, State.PENDING, "It was put on hold. Once more.", actor="sam")
    job = look(job)
    assert site.observe([job.ref])[job.key].phase is Phase.WAITING
    for _ in range(3):
        job = interrupt(job, site)
        assert not fruitless.is_on_hold(job)
    job = interrupt(job, site)
    assert fruitless.is_on_hold(job)
    assert site.observe([job.ref])[job.key].phase is Phase.HELD


def test_what_an_operator_holds_nobody_here_releases(
    pending_job: Job, site: MemoryCluster, client: Client, sam: User
) -> None:
    site.hold(pending_job.ref)
    job = look(look(pending_job))
    assert site.observe([job.ref])[job.key].phase is Phase.HELD
    client.force_login(sam)
    page = client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    assert 'value="go-on"' not in page


def test_a_job_on_hold_can_be_cancelled(pending_job: Job, site: MemoryCluster) -> None:
    job = held(pending_job, site)
    decide(job, State.CANCELLED, "Never mind.", actor="collaborator")
    tasks.expire(str(job.pk))
    assert fresh(job).scratch_removed_at is not None
    assert site.files == {}


def test_a_hold_that_was_not_answered_is_made_at_the_next_look(
    pending_job: Job, site: MemoryCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_args: object) -> None:
        raise ClusterError("It does not answer.", transient=True)

    with monkeypatch.context() as patch:
        patch.setattr(site, "hold", unreachable)
        job = held(pending_job, site)
    assert (job.state, job.waiting_for) == (State.PENDING, "It does not answer.")
    assert fruitless.is_on_hold(look(job))


def restart_unseen(job: Job, site: MemoryCluster, begun_with: dict[str, Any]) -> Job:
    """It is killed and starts again before anybody looks."""
    site.preempt(job.key)
    site.start(job.key)
    begin(site, job, fresh(job).restart_count + 1, begun_with=begun_with)
    return look(job)


def test_a_job_that_starts_again_at_once_is_held_as_well(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.start(pending_job.key)
    begin(site, pending_job, 0)
    job = look(pending_job)
    for _ in range(3):
        job = restart_unseen(job, site, {})
    assert job.state == State.RUNNING  # this start may still come to something
    site.preempt(job.key)
    job = look(job)
    assert fruitless.is_on_hold(job)
    assert site.observe([job.ref])[job.key].phase is Phase.HELD


def test_a_job_whose_last_start_saved_something_after_all_goes_on(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.start(pending_job.key)
    begin(site, pending_job, 0)
    job = look(pending_job)
    for _ in range(3):
        job = restart_unseen(job, site, {})
    begin(site, job, 3, kept=saved("a"))
    site.preempt(job.key)
    job = look(job)
    assert not fruitless.is_on_hold(job)
    assert site.observe([job.ref])[job.key].phase is Phase.WAITING


def test_a_job_that_is_only_ever_seen_waiting_is_held_as_well(
    pending_job: Job, site: MemoryCluster
) -> None:
    job = pending_job
    for number in range(4):  # each start is killed before the next look
        site.start(job.key)
        begin(site, job, number)
        site.preempt(job.key)
        job = look(job)
    assert fruitless.is_on_hold(job)
    assert site.observe([job.ref])[job.key].phase is Phase.HELD
    assert job.attempts.count() == 4


@pytest.mark.parametrize(
    ("found", "than", "expected"),
    [
        ({}, {}, False),
        (saved("a"), {}, True),
        (saved("a"), saved("a"), False),
        (saved("b"), saved("a"), True),
        ({}, saved("a"), False),
        ({"kind": "parts", "done": 0, "of": 9}, {}, False),
        ({"kind": "parts", "done": 3, "of": 9}, {}, True),
        ({"kind": "parts", "done": 3, "of": 9}, {"kind": "parts", "done": 3, "of": 9}, False),
        ({"kind": "dmtcp", "generation": 0, "set_aside": ["x"]}, {}, False),
        ({"kind": "dmtcp", "saved_at": 5.0}, {"kind": "dmtcp", "saved_at": 4.0}, True),
        ({"kind": "dmtcp", "saved_at": 4.0}, {"kind": "dmtcp", "saved_at": 5.0}, False),
    ],
)
def test_what_is_more_than_before(
    found: dict[str, Any], than: dict[str, Any], expected: bool
) -> None:
    assert has_more(found, than) is expected


def wave(job: Job, number: int, tasks: range, done: int) -> None:
    """So many tasks begin together, and end together."""
    began = timezone.now() - timedelta(hours=20 - number)
    Attempt.objects.bulk_create(
        Attempt(
            job=job,
            task=task,
            number=number,
            started_at=began,
            ended_at=began + timedelta(minutes=5),
            begun_with={"kind": "parts", "done": done, "of": 64} if done else {},
        )
        for task in tasks
    )


def test_tasks_that_are_interrupted_together_count_as_one(job: Job) -> None:
    job = parts_job(job, parts=64)
    for number in range(3):
        wave(job, number, range(64), done=0)
    assert fruitless.count(job, {}) == 2
    wave(job, 3, range(64), done=1)
    assert fruitless.count(job, {}) == 0


def test_one_task_on_a_bad_node_holds_up_no_array(job: Job) -> None:
    job = parts_job(job, parts=8)
    now = timezone.now()
    for task in range(1, 8):
        Attempt.objects.create(job=job, task=task, number=0, started_at=now - timedelta(hours=30))
    for number in range(6):
        wave(job, number, range(1), done=0)
    assert fruitless.count(job, {}) == 0


def test_what_came_to_nothing_before_this_stage_does_not_count(job: Job) -> None:
    for number in range(4):
        Attempt.objects.create(job=job, number=number, started_at=timezone.now())
    job.save_fields(submission=2, stage_since=2)
    Attempt.objects.create(job=job, submission=2, number=0, started_at=timezone.now())
    assert fruitless.count(job, {}) == 0


def test_a_start_that_nobody_knows_the_time_of_counts_too(job: Job) -> None:
    for number in range(4):
        Attempt.objects.create(job=job, number=number)
    assert fruitless.count(job, {}) == 3


def test_a_file_of_the_codes_own_making_does_not_hide_that_it_saves_nothing(
    pending_job: Job, site: MemoryCluster
) -> None:
    job = pending_job
    for _ in range(4):
        job = interrupt(job, site, {"kind": "luck", "digest": str(time.time())})
    assert fruitless.is_on_hold(job)

"""A job whose code splits its work, when parts fail, arrays are lost, and lists make no sense."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from backends.base import ClusterError, JobRef, Phase
from backends.memory import MemoryCluster
from jobs.models import Job, Stage
from jobs.node.endings import EXIT_CODES
from jobs.states import State
from tests.jobs.steps.following import look
from tests.jobs.steps.staging import (
    do_parts,
    handed_in,
    keep,
    list_parts,
    parts_done,
    split_done,
)

pytestmark = pytest.mark.django_db


def test_completed_is_not_done_while_parts_are_missing(
    split_job: Job, site: MemoryCluster, settings: Settings
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    do_parts(job, site, 0, 2)
    site.finish(job.key)
    job = look(job)
    assert job.state == State.PENDING
    assert job.waiting_for == "Slurm says COMPLETED, but not every part is done."

    settings.LOST_AFTER_S = -1
    job = look(job)
    assert (job.state, job.submission, job.stage) == (State.CLEAN, 3, Stage.PARTS)
    job = handed_in(job)
    assert (job.stage, job.stage_since, job.parts) == (Stage.PARTS, 2, 3)

    do_parts(job, site, 1)
    site.start(job.key)
    site.finish(job.key)
    assert look(job).stage == Stage.MERGE


def test_an_array_of_which_nothing_is_known_is_done_if_all_its_parts_are(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    do_parts(job, site, 0, 1, 2)
    site.forget(job.key)
    assert look(job).stage == Stage.MERGE


def test_a_failed_part_fails_the_job_with_its_message_and_its_log(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    look(job)
    site.preempt(job.key)
    site.start(job.key)
    look(job)
    words = "Part 2 of 3 (letters.txt): there is no header"
    site.fail_task(job.key, 1, exit_code=EXIT_CODES["code_failed"], message=words)
    job = look(job)
    assert (job.state, job.reason, job.log_tail) == (State.FAILED, words, f"{words}\n")
    assert site.cancelled[-1] == job.key  # the other workers


def test_a_failed_part_fails_the_job_also_if_the_others_cannot_be_ended_at_once(
    split_job: Job, site: MemoryCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    look(job)

    def unreachable(ref: JobRef) -> None:
        raise ClusterError("scancel did not answer.", transient=True)

    with monkeypatch.context() as patch:
        patch.setattr(site, "cancel", unreachable)
        site.fail_task(job.key, 1, exit_code=EXIT_CODES["code_failed"], message="no header")
        job = look(job)
    assert (job.state, job.waiting_for) == (State.RUNNING, "scancel did not answer.")
    job = look(job)
    assert (job.state, job.reason) == (State.FAILED, "no header")
    assert site.cancelled[-1] == job.key


def test_only_the_worker_that_failed_is_shown_as_failed(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    look(job)
    for task in (0, 1):
        begun = {"attempt": 0, "task": task, "node": "n1", "started_at": time.time()}
        site.put_file(job.key, f"begin.{task}.0.json", json.dumps(begun).encode())
    site.fail_task(job.key, 1, exit_code=EXIT_CODES["code_failed"], message="no")
    look(job)
    starts = job.attempts.filter(submission=2)
    assert [(start.task, start.slurm_state, start.exit_code) for start in starts] == [
        (0, "CANCELLED", None),
        (1, "FAILED", EXIT_CODES["code_failed"]),
    ]


def test_a_worker_that_cannot_work_here_lets_the_stage_be_handed_in_again(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    site.fail_task(job.key, 0, exit_code=EXIT_CODES["broken_job"], message="The disk is full.")
    job = look(job)
    assert (job.state, job.stage, job.submission) == (State.CLEAN, Stage.PARTS, 3)
    job = handed_in(job)
    assert (job.state, job.stage_since) == (State.PENDING, 2)
    assert site.jobs_made() == [job.key]


def test_an_array_that_was_given_up_and_came_back_is_taken_up_again(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    job.move_to(State.CLEAN, "Lost, as it seemed.", submission=3, slurm_id="")

    job = handed_in(job)

    assert (job.state, job.submission, job.stage) == (State.PENDING, 2, Stage.PARTS)
    job = parts_done(job, site)
    # Not 3: that name may still come to life as an array.
    assert (job.stage, job.submission, job.stage_since) == (Stage.MERGE, 4, 4)


def test_a_slurm_job_of_an_earlier_stage_is_never_taken_up(
    split_job: Job, site: MemoryCluster
) -> None:
    first = split_job.key
    site.start(first)
    list_parts(split_job, site, 3)
    site.finish(first)
    job = look(split_job)
    site._show(first, Phase.RUNNING, "RUNNING")  # slurmctld was restored from a backup

    job = handed_in(job)

    assert (job.stage, job.submission) == (Stage.PARTS, 2)
    assert site.jobs_made() == [job.key]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"version": 1}',
        '{"version": 1, "parts": []}',
        '{"version": 1, "parts": {}}',
        '{"version": 2, "parts": [["a"]]}',
        json.dumps({"version": 1, "parts": [["a"]] * 1001}),
    ],
)
def test_a_list_of_parts_that_makes_no_sense_fails_the_job(
    split_job: Job, site: MemoryCluster, text: str
) -> None:
    site.start(split_job.key)
    keep(split_job, site, parts__json=text.encode())
    site.finish(split_job.key)
    job = look(split_job)
    assert job.state == State.FAILED
    assert "list of parts" in job.reason


def test_a_split_that_left_no_list_is_looked_for_again(split_job: Job, site: MemoryCluster) -> None:
    site.start(split_job.key)
    site.finish(split_job.key)
    job = look(split_job)
    assert (job.state, job.stage) == (State.PENDING, Stage.SPLIT)
    list_parts(job, site, 1)
    job = look(job)
    assert (job.state, job.stage) == (State.SUBMITTING, Stage.PARTS)
    assert job.reason == "It is one part only."


def test_preempted_workers_do_not_pause_the_job_while_others_work(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    look(job)
    site.preempt(job.key)
    site.start(job.key)  # as an array shows it: one task was preempted, another one runs

    job = look(job)

    assert (job.state, job.restart_count) == (State.RUNNING, 1)
    assert job.transitions.filter(old="running", new="pending").count() == 0
    signed_until = job.signed_until
    assert signed_until
    assert signed_until > timezone.now() + timedelta(days=6)


def test_losses_of_one_stage_use_up_no_try_of_the_next(
    split_job: Job, site: MemoryCluster, settings: Settings
) -> None:
    settings.LOST_AFTER_S = -1
    job = split_job
    for _ in range(4):
        job = lose(job, site)
        assert job.state == State.PENDING
    job = split_done(job, site)
    assert (job.stage, job.submission) == (Stage.PARTS, 6)
    for _ in range(4):
        job = lose(job, site)
        assert (job.state, job.stage) == (State.PENDING, Stage.PARTS)
    site.forget(job.key)
    look(job)
    assert look(job).state == State.FAILED


def lose(job: Job, site: MemoryCluster) -> Job:
    """The cluster loses it, and it is handed in again."""
    site.forget(job.key)
    look(job)
    return handed_in(look(job))


def test_restarts_that_slurmctld_has_forgotten_are_not_taken_back(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    site.preempt(job.key)
    site.start(job.key)
    job = look(job)
    site._show(job.key, Phase.RUNNING, "RUNNING", node="n1", restart_count=0)
    seen_at = job.changed_at
    job = look(job)
    assert (job.restart_count, job.changed_at) == (1, seen_at)

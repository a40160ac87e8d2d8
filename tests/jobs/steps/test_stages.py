"""A job whose code splits its work: from split() by its parts to merge(), whatever happens."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from backends.base import JobRef, Phase
from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.models import Job, Stage
from jobs.models.job import key_of
from jobs.node.endings import EXIT_CODES
from jobs.states import State
from jobs.steps.receive import announce, receive
from pipelines.code import Code
from pipelines.models import Pipeline
from pipelines.publish import publish_code
from tests.jobs.steps.following import fresh, look, run_to_its_end
from tests.walk import send_all, walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
SOURCE = """
def split(inputs):
    return inputs

def run(inputs, output):
    pass

def merge(outputs, output):
    pass
"""
CODE = Code(SOURCE, hashlib.sha256(SOURCE.encode()).hexdigest(), "", frozenset())


@pytest.fixture
def split_job(pipeline: Pipeline, ada: User, store: MemoryStore, site: MemoryCluster) -> Job:
    """Olga's job is accepted, and split() is in Slurm's hands; at most two workers at a time."""
    publish_code(pipeline, CODE, file_name="split.py", user=ada)
    pipeline.parts_at_once = 2
    pipeline.save()
    job = announce(pipeline, "olga@far.example", [DeclaredFile("letters.txt", 11)])
    send_all(job, store, [b"hello world"])
    receive(job)
    walk_to(job, State.CLEAN)
    return handed_in(job)


def handed_in(job: Job) -> Job:
    """The worker's next try to hand it in, as if its pause were over."""
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    tasks.submit(str(job.pk))
    return fresh(job)


def keep(job: Job, site: MemoryCluster, **files: bytes) -> None:
    """The node leaves these in the kept directory."""
    names = {name.replace("__", "."): data for name, data in files.items()}
    site.files.setdefault(job.kept_key, {}).update(names)


def list_parts(job: Job, site: MemoryCluster, count: int) -> None:
    parts = {"version": 1, "parts": [["inputs/letters.txt"]] * count}
    keep(job, site, parts__json=json.dumps(parts).encode())


def do_parts(job: Job, site: MemoryCluster, *numbers: int) -> None:
    keep(job, site, **{f"part__{number}": b"" for number in numbers})


def split_done(job: Job, site: MemoryCluster, count: int = 3) -> Job:
    """split() has run and made so many parts; the array is in Slurm's hands."""
    site.start(job.key)
    list_parts(job, site, count)
    site.finish(job.key)
    return handed_in(look(job))


def parts_done(job: Job, site: MemoryCluster, count: int = 3) -> Job:
    """All parts are done, and merge() is in Slurm's hands."""
    site.start(job.key)
    do_parts(job, site, *range(count))
    site.finish(job.key)
    return handed_in(look(job))


def phase(key: str, site: MemoryCluster) -> Phase:
    return site.observe([JobRef(key, "")])[key].phase


def told(job: Job, site: MemoryCluster) -> dict[str, object]:
    content: dict[str, object] = json.loads(site.files[job.key]["job.json"])
    return content


def test_a_job_goes_through_its_stages_to_its_result(
    split_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    assert (split_job.stage, split_job.submission, split_job.tasks) == (Stage.SPLIT, 1, 0)

    job = split_done(split_job, site)
    assert (job.stage, job.submission, job.parts, job.tasks) == (Stage.PARTS, 2, 3, 2)
    assert (job.state, job.stage_since, job.slurm_id) == (State.PENDING, 2, "2")

    job = parts_done(job, site)
    assert (job.stage, job.submission, job.stage_since, job.tasks) == (Stage.MERGE, 3, 3, 0)

    site.start(job.key)
    run_to_its_end(job, site, store)
    assert look(job).state == State.COMPLETED
    moves = [(move.old, move.new, move.reason) for move in job.transitions.all()]
    assert ("running", "submitting", "It is split into 3 parts.") in moves
    assert ("running", "submitting", "All 3 parts are done; they are put together.") in moves
    assert not any(new == "clean" for old, new, _ in moves if old in ("pending", "running"))


def test_each_stage_is_told_what_it_needs(
    split_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    first = told(split_job, site)
    kept = f"../{split_job.kept_key}"
    assert (first["stage"], first["kept"], "results" in first, "parts" in first) == (
        "split",
        kept,
        False,
        False,
    )
    job = split_done(split_job, site)
    second = told(job, site)
    assert (second["stage"], second["kept"], "results" in second) == ("parts", kept, False)
    assert second["parts"] == 3
    job = parts_done(job, site)
    third = told(job, site)
    assert (third["stage"], third["kept"], third["parts"]) == ("merge", kept, 3)
    assert third["results"]


def test_code_that_does_not_split_has_one_stage(pending_job: Job, site: MemoryCluster) -> None:
    assert (pending_job.stage, pending_job.tasks) == (Stage.RUN, 0)
    content = told(pending_job, site)
    assert (content["stage"], "parts" in content) == ("run", False)


def test_what_an_earlier_stage_left_at_the_cluster_is_removed(
    split_job: Job, site: MemoryCluster
) -> None:
    job = parts_done(split_done(split_job, site), site)
    assert site.jobs_made() == [job.key]
    assert set(site.files) == {job.key, job.kept_key}


def test_a_worker_that_dies_after_the_move_leaves_a_job_that_goes_on(
    split_job: Job, site: MemoryCluster
) -> None:
    site.start(split_job.key)
    list_parts(split_job, site, 3)
    site.finish(split_job.key)
    job = look(split_job)
    assert (job.state, job.slurm_id, job.lease_until) == (State.SUBMITTING, "", None)
    assert look(job).state == State.SUBMITTING

    site.lose_next_answer()
    job = handed_in(job)
    assert job.state == State.SUBMITTING
    job = handed_in(job)
    assert (job.state, job.stage) == (State.PENDING, Stage.PARTS)
    assert site.jobs_made() == [job.key]


def test_a_worker_that_dies_before_the_move_finds_the_proof_again(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    look(job)
    do_parts(job, site, 0, 1, 2)
    site.cancel(job.ref)  # the rest of the array was ended, and then the worker died

    job = look(job)

    assert (job.state, job.stage) == (State.SUBMITTING, Stage.MERGE)


def test_workers_that_still_wait_are_ended_before_the_merge(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    look(job)
    do_parts(job, site, 0, 1)
    site.finish_task(job.key)
    assert look(job).state == State.RUNNING
    do_parts(job, site, 2)

    job = look(job)

    assert (job.state, job.stage) == (State.SUBMITTING, Stage.MERGE)
    assert phase(key_of(job.pk, 2), site) is Phase.CANCELLED


def test_parts_are_looked_for_only_once_a_worker_has_ended(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    look(job)
    do_parts(job, site, 0, 1, 2)
    assert look(job).stage == Stage.PARTS
    site.finish_task(job.key)
    assert look(job).stage == Stage.MERGE


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

"""A row for each start, from what its node noted, what accounting knows and what we saw."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from backends.base import ClusterError, Phase, Run
from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.models import Attempt, Job, Stage
from jobs.starts import attempts
from jobs.states import State
from tests.jobs.starts.noted import begin, end, ended_at, one_of, parts_job
from tests.jobs.steps.following import fresh, look, run_to_its_end

pytestmark = pytest.mark.django_db
HALF = {"kind": "checkpoint", "digest": "ab", "saved_at": time.time(), "size_bytes": 9}


def rows(job: Job) -> list[tuple[int, int, str]]:
    return [(row.task, row.number, row.slurm_state) for row in job.attempts.all()]


def test_a_pause_tells_when_the_start_was_stopped_and_how_far_it_came(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.start(pending_job.key)
    look(pending_job)
    now = time.time()
    begin(site, pending_job, 0, started_at=now, stopped_at=now + 90, progress=0.4)
    site.preempt(pending_job.key)
    look(pending_job)
    row = pending_job.attempts.get()
    assert ended_at(row) == pytest.approx(now + 90)
    assert (row.progress, row.core_seconds, row.slurm_state) == (0.4, 90, "REQUEUED")


def test_starts_that_came_and_went_between_two_looks_have_rows(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    now = time.time()
    for number in (0, 1):
        site.start(pending_job.key)
        begin(site, pending_job, number, started_at=now + 10 * number)
        site.preempt(pending_job.key)
    site.start(pending_job.key)
    begin(site, pending_job, 2, started_at=now + 20, begun_with=HALF)
    run_to_its_end(pending_job, site, store, attempt=2)
    assert look(pending_job).state == State.COMPLETED
    first, second, third = pending_job.attempts.all()
    assert (first.slurm_state, second.slurm_state) == ("REQUEUED", "REQUEUED")
    assert ended_at(first) == pytest.approx(now + 10)  # at the latest when the next one began
    assert third.begun_with["kind"] == "checkpoint"
    assert third.slurm_state == "COMPLETED"


def test_a_start_that_was_taken_away_before_it_could_note_a_word_has_a_row(
    job: Job, site: MemoryCluster
) -> None:
    job = parts_job(job, parts=2)
    now = time.time()
    begin(site, job, 2, task=1, started_at=now)
    attempts.note_tasks(job, site)
    attempts.note_tasks(job, site)
    assert rows(job) == [(1, 0, "REQUEUED"), (1, 1, "REQUEUED"), (1, 2, "")]
    unheard_of = job.attempts.get(number=1)
    assert (unheard_of.started_at, unheard_of.core_seconds) == (None, 0)


def test_what_accounting_knows_of_a_start_is_not_written_over(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.start(pending_job.key)
    job = look(pending_job)
    at = datetime(2026, 11, 26, 12, tzinfo=UTC)
    known = Run(0, Phase.INTERRUPTED, "PREEMPTED", "n1", at, at + timedelta(60), None, 77)
    attempts.note_runs(job, [known])
    begin(site, job, 0, started_at=time.time(), stopped_at=time.time() + 5, progress=0.5)
    attempts.note_tasks(job, site)
    attempts.note_end(job, 0, "REQUEUED")
    row = job.attempts.get()
    assert (row.started_at, row.core_seconds, row.slurm_state) == (at, 77, "PREEMPTED")
    assert row.progress == 0.5


def test_to_note_it_all_again_doubles_no_core_second(job: Job, site: MemoryCluster) -> None:
    job = parts_job(job, parts=3)
    now = time.time()
    for task in range(3):
        begin(site, job, 0, task=task, started_at=now, stopped_at=now + 10)
        begin(site, job, 1, task=task, started_at=now + 20)
        end(site, job, 1, task=task, started_at=now + 20, ended_at=now + 50)
    for _ in range(3):
        attempts.note_tasks(job, site)
        attempts.note_end(job, 0, "COMPLETED")
    assert sum(row.core_seconds for row in job.attempts.all()) == 3 * (10 + 30)
    assert rows(job) == [
        (task, number, word)
        for task in range(3)
        for number, word in ((0, "REQUEUED"), (1, "COMPLETED"))
    ]


def test_a_thousand_tasks_cost_a_handful_of_queries(
    job: Job, site: MemoryCluster, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = parts_job(job, parts=1000)
    now = time.time()
    for task in range(1000):
        begin(site, job, 0, task=task, started_at=now, begun_with={})
    with django_assert_max_num_queries(30):
        attempts.note_tasks(job, site)
    assert job.attempts.count() == 1000
    with django_assert_max_num_queries(6):  # nothing is new
        attempts.note_tasks(job, site)


@pytest.mark.parametrize(
    "told",
    [
        b"[]",
        b"\xff",
        b"[" * 9_000,
        b'{"started_at": NaN, "progress": Infinity, "begun_with": 7}',
        b'{"started_at": "now", "progress": "much", "begun_with": {"kind": ["checkpoint"]}}',
        b'{"started_at": 1e300, "stopped_at": -1, "progress": 2, "begun_with": {"kind": "x"}}',
        b'{"started_at": 1, "node": {"a": 1}, "progress": true}',
        b'{"begun_with": {"kind": "parts", "done": -1, "of": 1e9, "size_bytes": 1}}',
    ],
)
def test_of_what_makes_no_sense_nothing_is_believed(
    pending_job: Job, site: MemoryCluster, told: bytes
) -> None:
    site.start(pending_job.key)
    job = look(pending_job)
    site.files[job.key]["begin.0.json"] = told
    attempts.note_tasks(job, site)
    row = job.attempts.get()
    assert (row.progress, row.node, row.ended_at) == (None, "n1", None)
    assert row.begun_with in ({}, {"kind": "parts"})
    assert row.started_at is not None
    assert abs(row.started_at - timezone.now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "name",
    [
        "begin.1.json",
        "begin.0.0.json",
        "begin.00.json",
        "begin.99999.json",
        "begin..json",
        "begin.x",
    ],
)
def test_starts_that_slurm_cannot_have_made_have_no_rows(
    pending_job: Job, site: MemoryCluster, name: str
) -> None:
    site.files[pending_job.key][name] = json.dumps({"started_at": time.time()}).encode()
    attempts.note_tasks(pending_job, site)
    assert not pending_job.attempts.exists()


def test_tasks_that_an_array_does_not_have_have_no_rows(job: Job, site: MemoryCluster) -> None:
    job = parts_job(job, parts=3)
    begin(site, job, 0, task=2)
    begin(site, job, 0, task=3)
    begin(site, job, 8, task=0)
    attempts.note_tasks(job, site)
    assert [row.task for row in job.attempts.all()] == [2]


def test_tasks_that_are_interrupted_while_others_run_have_rows_and_pause_nothing(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.start(pending_job.key)
    job = look(pending_job)
    job.save_fields(stage=Stage.PARTS, parts=4)
    begin(site, job, 0, task=3, started_at=time.time(), stopped_at=time.time() + 1)
    site.preempt(job.key)
    begin(site, job, 1, task=3)
    site.start(job.key)
    moves = job.transitions.count()
    job = look(job)
    assert (job.state, job.transitions.count()) == (State.RUNNING, moves)
    starts_of_task = job.attempts.filter(task=3)
    assert [row.slurm_state for row in starts_of_task] == ["REQUEUED", ""]


def test_words_of_a_note_are_one_short_line(pending_job: Job, site: MemoryCluster) -> None:
    site.start(pending_job.key)
    job = look(pending_job)
    bad = ["a\0b\u202ec\n" + "x" * 900, 7, {}, *["y"] * 90]
    begin(site, job, 0, begun_with={"kind": "dmtcp", "generation": 3, "set_aside": bad})
    attempts.note_tasks(job, site)
    told = job.attempts.get().begun_with
    assert told["generation"] == 3
    assert len(told["set_aside"]) <= 8
    assert all(word.isprintable() and len(word) <= 200 for word in told["set_aside"])


def test_a_scratch_that_does_not_answer_keeps_no_pause_waiting(
    pending_job: Job, site: MemoryCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.start(pending_job.key)
    look(pending_job)
    site.preempt(pending_job.key)
    monkeypatch.setattr(site, "read_files", unreachable)
    assert look(pending_job).state == State.PENDING
    assert pending_job.attempts.get().slurm_state == "REQUEUED"


def test_a_cancelled_run_has_an_end(pending_job: Job, site: MemoryCluster) -> None:
    site.start(pending_job.key)
    job = look(pending_job)
    now = time.time()
    begin(site, job, 0, started_at=now, stopped_at=now + 4)
    job.move_to(State.CANCELLED)
    tasks.expire(str(job.pk))
    row = job.attempts.get()
    assert row.core_seconds == 4
    assert ended_at(row) == pytest.approx(now + 4)


def unreachable(*_args: object, **_options: object) -> None:
    raise ClusterError("The scratch does not answer.", transient=True)


def starts(job: Job) -> Iterable[Attempt]:
    return job.attempts.all()


def test_a_loose_end_of_an_array_is_closed_with_all_others(job: Job, site: MemoryCluster) -> None:
    job = parts_job(job, parts=2)
    begin(site, job, 0, task=0, started_at=time.time() - 50)
    begin(site, job, 0, task=1, started_at=time.time() - 50)
    attempts.note_tasks(job, site)
    assert one_of(job).ended_at is None
    attempts.note_end(job, 5, "CANCELLED")
    assert {row.slurm_state for row in starts(job)} == {"CANCELLED"}
    assert all(row.core_seconds >= 50 for row in starts(job))


def test_an_arrays_starts_are_told_by_their_notes_alone(job: Job, site: MemoryCluster) -> None:
    seen: Any = site.observe([job.ref])[job.key]
    attempts.note_start(parts_job(job, parts=2), seen)
    assert fresh(job).stage == Stage.PARTS
    assert not job.attempts.exists()

"""The rows of a job's attempts: each start of its Slurm job, or of a task of its array.

Of a start's times accounting knows best, then its own notes, then what we saw. A row is written
again and again, but there is one for each start, so nothing is counted twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from itertools import islice, pairwise

from django.db.models import Max
from django.utils import timezone

from backends.base import BackendError, Cluster, Observation, Run
from jobs.manifest import storable
from jobs.models import Attempt, Job, Stage
from jobs.starts import fruitless
from jobs.starts.notes import MAX_STARTS, Begun, StartNote, parts_kept, read_notes

log = logging.getLogger(__name__)
INTERRUPTED = "REQUEUED"
# What we call ends ourselves, until somebody knows more; any other word is accounting's, or final.
OURS = frozenset({"", INTERRUPTED, "LOST"})
TOLD = ["node", "slurm_state", "started_at", "ended_at", "exit_code", "core_seconds"]
NOTED = [*TOLD, "begun_with", "progress"]
LOT = 500


def note_start(job: Job, seen: Observation) -> None:
    """It runs, since the move that says so: there is a row for this start.

    An array's starts are told by their notes alone.
    """
    if job.stage == Stage.PARTS:
        return
    Attempt.objects.get_or_create(
        job=job,
        submission=job.submission,
        number=seen.restart_count,
        defaults={"node": storable(seen.node)[:255], "started_at": job.changed_at},
    )


def note_runs(job: Job, runs: Iterable[Run]) -> None:
    """What accounting, or a run's own end file, tells of each; better than what we saw."""
    rows = {(run.task, run.restart_count): _of_run(job, run) for run in runs}
    _write(rows.values(), TOLD)


def _of_run(job: Job, run: Run) -> Attempt:
    return Attempt(
        job=job,
        submission=job.submission,
        task=run.task,
        number=run.restart_count,
        node=storable(run.node)[:255],
        slurm_state=run.slurm_state[:32],
        started_at=run.started_at,
        ended_at=run.ended_at,
        exit_code=run.exit_code,
        core_seconds=run.core_seconds,
    )


def note_tasks(job: Job, cluster: Cluster) -> Begun:
    """Read what the starts of this submission noted of themselves, also those that nobody saw.

    And count how many in a row were fruitless. Returns what the next start is known to find; of
    more nothing is known. This is about the past only: where the notes cannot be read now, nothing
    waits for them.
    """
    try:
        notes = read_notes(job, cluster, timezone.now())
        parts = parts_kept(job, cluster)
    except BackendError as error:
        log.warning("The notes of %s could not be read: %s", job.key, error.message)
        return {}
    _note_all(job, notes)
    newest = notes[max(notes)] if notes else StartNote()
    saved = newest.kept or newest.begun_with
    count = fruitless.count(job, parts if job.stage == Stage.PARTS else saved)
    if count != job.fruitless_starts:
        job.save_fields(fruitless_starts=count)
    return parts or saved


def _note_all(job: Job, notes: dict[tuple[int, int], StartNote]) -> None:
    mine = job.attempts.filter(submission=job.submission)
    known = {(row.task, row.number): row for row in mine}
    before = {mark: _values(row) for mark, row in known.items()}
    for (task, number), note in notes.items():
        new = Attempt(job=job, submission=job.submission, task=task, number=number)
        _take_over(known.setdefault((task, number), new), note)
    for task, number in _unheard_of(known):
        new = Attempt(job=job, submission=job.submission, task=task, number=number)
        known[task, number] = new
    rows = sorted(known.values(), key=lambda row: (row.task, row.number))
    for earlier, later in pairwise(rows):
        if earlier.task == later.task and earlier.ended_at is None:
            # It ended unseen, and without a word: at the latest when the next one began.
            earlier.ended_at, earlier.slurm_state = later.started_at, INTERRUPTED
    for row in rows:
        _count_core_seconds(job, row)
    _write((row for row in rows if _values(row) != before.get((row.task, row.number))), NOTED)


def _unheard_of(known: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The starts before those that we know: each was taken away before it could note a word."""
    known = set(known)
    newest = dict(sorted(known))
    missing = (
        (task, number)
        for task, last in newest.items()
        for number in range(last)
        if (task, number) not in known
    )
    return list(islice(missing, MAX_STARTS))


def _values(row: Attempt) -> list[object]:
    return [getattr(row, name) for name in NOTED]


def _take_over(row: Attempt, note: StartNote) -> None:
    row.node = row.node or note.node
    row.begun_with = note.begun_with
    row.progress = note.progress if row.progress is None else row.progress
    if row.slurm_state not in OURS:
        return
    # The node's clock may be before ours, but nothing began after we saw it run.
    known = [at for at in (note.started_at, row.started_at) if at]
    row.started_at = min(known, default=None)
    if note.end:
        row.ended_at, row.exit_code = note.end.ended_at, note.end.exit_code
        row.slurm_state = note.end.phase.name
    elif note.stopped_at:
        row.ended_at, row.slurm_state = note.stopped_at, row.slurm_state or INTERRUPTED


def _count_core_seconds(job: Job, row: Attempt) -> None:
    if row.started_at and row.ended_at and (row.slurm_state in OURS or not row.core_seconds):
        row.core_seconds = _core_seconds(job, row.started_at, row.ended_at)


def _core_seconds(job: Job, begin: datetime, end: datetime) -> int:
    return max(0, round((end - begin).total_seconds() * job.frozen.cpus))


def _write(rows: Iterable[Attempt], fields: list[str]) -> None:
    rows = list(rows)
    for row in rows:
        row.pk = None  # a row is known by its start: what is there already is written over
    Attempt.objects.bulk_create(
        rows,
        batch_size=LOT,
        update_conflicts=True,
        unique_fields=["job", "submission", "task", "number"],
        update_fields=fields,
    )


def note_end(
    job: Job,
    number: int,
    slurm_state: str,
    exit_code: int | None = None,
    *,
    task: int | None = None,
) -> None:
    """Close the row of this start where no end is known yet; without `task` an array's are all."""
    still_open = job.attempts.filter(submission=job.submission, ended_at=None)
    if task is not None:
        still_open = still_open.filter(task=task, number=number)
    elif job.stage != Stage.PARTS:
        still_open = still_open.filter(number=number)
    now = timezone.now()
    rows = list(still_open)
    for row in rows:
        row.ended_at, row.slurm_state, row.exit_code = now, slurm_state[:32], exit_code
        row.core_seconds = _core_seconds(job, row.started_at, now) if row.started_at else 0
    _write(rows, TOLD)


def close(job: Job, cluster: Cluster, slurm_state: str) -> None:
    """We have ended it: close the rows whose ends nobody saw, while their notes are there."""
    if job.attempts.filter(submission=job.submission, ended_at=None).exists():
        note_tasks(job, cluster)
        note_end(job, job.restart_count, slurm_state)


def newest_start(job: Job) -> int | None:
    """The number of the newest start that we know; None before the first."""
    mine = job.attempts.filter(submission=job.submission)
    newest: int | None = mine.aggregate(newest=Max("number"))["newest"]
    return newest

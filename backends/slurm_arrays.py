"""A job array seen as one job: from the rows of its tasks to one `Observation`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from backends.base import JobRef, Observation, Phase, Run
from backends.jobdir import EndFile, credible
from backends.slurm_states import FINAL, phase_of, run_phase
from backends.slurm_text import SacctRow, SqueueRow

# What an array shows is the first of these that any of its tasks shows: a failure counts at once,
# an end only once no task has anything before it.
_RANK = {
    phase: rank
    for rank, phase in enumerate(
        (
            Phase.FAILED,
            Phase.RUNNING,
            Phase.SUSPENDED,
            Phase.ENDING,
            Phase.WAITING,
            Phase.HELD,
            Phase.UNKNOWN,
            Phase.INTERRUPTED,
            Phase.CANCELLED,
            Phase.COMPLETED,
        )
    )
}
# Of a task that is not shown any more, nobody knows how it ended.
_ONLY_OF_ALL = frozenset({Phase.INTERRUPTED, Phase.CANCELLED, Phase.COMPLETED})


class Task(NamedTuple):
    """What is known of one task; `number` is None for a row that stands for the rest of them."""

    number: int | None
    phase: Phase
    state: str
    reason: str
    restart_count: int
    exit_code: int | None
    node: str
    start: datetime | None = None  # when it is expected to, if it waits


def array_from_squeue(job: JobRef, rows: Sequence[SqueueRow]) -> Observation | None:
    """What squeue's rows of this name say; None if they do not tell how it ended."""
    array_id, tasks = _shown(job, rows)
    return _as_one(job, array_id, tasks)


def array_from_sacct(
    job: JobRef, rows: Iterable[SacctRow], shown: Sequence[SqueueRow]
) -> Observation:
    """What accounting adds to what squeue still shows; GONE while any task's end is missing."""
    runs_of: dict[int | None, list[SacctRow]] = {}
    for row in rows:
        parent, _, task = row.job_id.partition("_")
        if parent == job.slurm_id:
            runs_of.setdefault(_number(task), []).append(row)
    tasks = {number: _from_runs(number, found) for number, found in runs_of.items()}
    # A record that was never closed tells of no end.
    known = {n: task for n, task in tasks.items() if task.phase in FINAL | _ONLY_OF_ALL}
    array_id, still_shown = _shown(job, shown)
    known |= {task.number: task for task in still_shown}
    runs = tuple(run for number, found in runs_of.items() for run in runs_of_task(number, found))
    seen = _as_one(job, array_id or job.slurm_id, list(known.values()))
    return replace(seen or Observation(Phase.GONE, slurm_id=job.slurm_id), runs=runs)


def array_from_ends(job: JobRef, gone: Observation, ends: Iterable[EndFile]) -> Observation:
    """What the tasks' end files say; `gone` itself while they do not tell of every task's end."""
    newest = {
        end.task: end for end in credible(ends) if end.task is not None and end.task < job.tasks
    }
    told = [
        Task(task, end.phase, "", end.reason, end.restart_count, end.exit_code, end.node)
        for task, end in newest.items()
    ]
    seen = _as_one(job, gone.slurm_id, told)
    return replace(seen, runs=gone.runs) if seen else gone


def runs_of_task(number: int | None, rows: Iterable[SacctRow]) -> tuple[Run, ...]:
    """One `Run` for each row that began: sacct has no restart count in 22.05, so rows count."""
    begun = [row for row in rows if row.started_at]
    return tuple(
        Run(
            restart_count=count,
            phase=run_phase(row.state),
            slurm_state=row.state,
            node=row.node,
            started_at=row.started_at,
            ended_at=row.ended_at,
            exit_code=row.exit_code if run_phase(row.state) in FINAL else None,
            core_seconds=row.core_seconds,
            task=number or 0,
        )
        for count, row in enumerate(begun)
    )


def _shown(job: JobRef, rows: Sequence[SqueueRow]) -> tuple[str, list[Task]]:
    """An array's id and its tasks: of accidental twins the living one counts."""
    arrays: dict[str, list[Task]] = {}
    for row in rows:
        arrays.setdefault(row.slurm_id, []).append(_from_row(row))

    def weight(array_id: str) -> tuple[bool, bool, int]:
        is_live = any(task.phase not in FINAL for task in arrays[array_id])
        return is_live, array_id == job.slurm_id, int(array_id)

    array_id = max(arrays, key=weight, default="")
    return array_id, arrays.get(array_id, [])


def _as_one(job: JobRef, array_id: str, tasks: Sequence[Task]) -> Observation | None:
    # slurmctld leaves a bare row for the rest of an array that was cancelled before it began.
    tasks = [task for task in tasks if task.number is not None or task.phase != Phase.COMPLETED]
    if not tasks:
        return None
    shown = min(tasks, key=lambda task: (_RANK[task.phase], task.number or 0))
    numbers = {task.number for task in tasks}
    absent = 0 if None in numbers else max(0, job.tasks - len(numbers))
    if absent and shown.phase in _ONLY_OF_ALL:
        return None
    has_failed = shown.phase is Phase.FAILED
    return Observation(
        phase=shown.phase,
        slurm_id=array_id,
        slurm_state=shown.state,
        reason="" if shown.reason == "None" else shown.reason,
        restart_count=(
            shown.restart_count if has_failed else sum(task.restart_count for task in tasks)
        ),
        node=shown.node if has_failed else "",
        exit_code=shown.exit_code if shown.phase in FINAL else None,
        task=shown.number if has_failed else None,
        ended_tasks=absent + sum(task.phase is Phase.COMPLETED for task in tasks),
        expected_start=_first_start(tasks) if shown.phase is Phase.WAITING else None,
    )


def _first_start(tasks: Iterable[Task]) -> datetime | None:
    starts = (task.start for task in tasks if task.phase is Phase.WAITING)
    return min(filter(None, starts), default=None)


def _from_row(row: SqueueRow) -> Task:
    _, _, task = row.array_id.partition("_")
    phase = phase_of(row.state, row.reason)
    count, code = row.restart_count, row.exit_code
    return Task(_number(task), phase, row.state, row.reason, count, code, row.node, row.start)


def _from_runs(number: int | None, rows: Sequence[SacctRow]) -> Task:
    newest = rows[-1]
    restarts = max(0, sum(row.started_at is not None for row in rows) - 1)
    phase = run_phase(newest.state)
    return Task(number, phase, newest.state, "", restarts, newest.exit_code, newest.node)


def _number(task: str) -> int | None:
    """None for "[8-15%2]", and for nothing: such a row stands for all that has none of its own."""
    return int(task) if task.isdecimal() else None

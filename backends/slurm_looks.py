"""What one look at Slurm says of a job: from the rows of squeue and sacct to an `Observation`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from backends.base import JobRef, Observation, Phase
from backends.jobdir import EndFile, credible, parse_end
from backends.slurm_arrays import array_from_ends, array_from_sacct, array_from_squeue, runs_of_task
from backends.slurm_states import FINAL, phase_of, run_phase
from backends.slurm_text import SacctRow, SqueueRow

Row = TypeVar("Row", SqueueRow, SacctRow)


def from_squeue(job: JobRef, rows: Sequence[SqueueRow]) -> Observation | None:
    """What squeue's rows of this name say; None if there are none.

    Of accidental twins one is alive and the other ends at once: the living one counts.
    """
    if job.tasks:
        return array_from_squeue(job, rows)
    if not rows:
        return None

    def weight(row: SqueueRow) -> tuple[bool, bool, int]:
        is_live = phase_of(row.state, row.reason) not in FINAL
        return is_live, row.slurm_id == job.slurm_id, int(row.job_id)

    row = max(rows, key=weight) if len(rows) > 1 else rows[0]
    phase = phase_of(row.state, row.reason)
    return Observation(
        phase=phase,
        slurm_id=row.slurm_id,
        slurm_state=row.state,
        reason="" if row.reason == "None" else row.reason,
        restart_count=row.restart_count,
        node=row.node,
        exit_code=row.exit_code if phase in FINAL else None,
        expected_start=row.start if phase is Phase.WAITING else None,
    )


def from_sacct(
    job: JobRef, rows: Sequence[SacctRow], shown: Sequence[SqueueRow] = ()
) -> Observation:
    """What accounting says of a job that squeue left out; GONE unless it tells of an end.

    `shown`: squeue's rows of an array, if it left out only some of its tasks.
    """
    if job.tasks:
        return array_from_sacct(job, rows, shown)
    if not rows:
        return Observation(Phase.GONE, slurm_id=job.slurm_id)
    newest, runs = rows[-1], runs_of_task(None, rows)
    phase = run_phase(newest.state)
    is_end = phase in FINAL or phase is Phase.INTERRUPTED
    return Observation(
        # "RUNNING" or "PENDING" here is a record that was never closed.
        phase=phase if is_end else Phase.GONE,
        slurm_id=job.slurm_id,
        slurm_state=newest.state,
        restart_count=max(0, len(runs) - 1),
        node=newest.node,
        exit_code=newest.exit_code if phase in FINAL else None,
        runs=runs,
    )


def from_ends(job: JobRef, gone: Observation, ends: Sequence[EndFile]) -> Observation:
    """What the end files say of a job that neither squeue nor accounting tells the end of.

    `gone` itself where none of them can be believed.
    """
    if job.tasks:
        return array_from_ends(job, gone, ends)
    alone = [end for end in ends if end.task is None]
    ends = credible(alone, gone.restart_count if gone.runs else None)
    if not ends:
        return gone
    newest = ends[-1]
    return Observation(
        phase=newest.phase,
        slurm_id=gone.slurm_id,
        slurm_state=gone.slurm_state,
        reason=newest.reason,
        restart_count=newest.restart_count,
        node=newest.node,
        exit_code=newest.exit_code,
        runs=gone.runs or tuple(end.as_run() for end in ends),
    )


def parse_ends(text: str) -> dict[str, list[EndFile]]:
    """The output of slurm_ends.sh by key; lines that are no end file are left out."""
    ends: dict[str, list[EndFile]] = {}
    for line in text.split("\n"):  # splitlines() would also split inside of a content
        key, _, rest = line.partition(" ")
        name, _, content = rest.partition(" ")
        if end := parse_end(name, content.encode()):
            ends.setdefault(key, []).append(end)
    return ends


def by_name(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each job, in the order they came."""
    named: dict[str, list[Row]] = {}
    for row in rows:
        named.setdefault(row.name, []).append(row)
    return named

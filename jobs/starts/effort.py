"""What a job has cost: its starts, the interruptions, and the core-seconds, in all and of use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from django.db.models import Max

from jobs.models import Attempt, Job, Stage
from jobs.starts.fruitless import has_more

ENDED_WELL = "COMPLETED"


@dataclass(frozen=True)
class Effort:
    """Sums over the starts of a job."""

    starts: int
    interruptions: int
    core_seconds: int
    useful_core_seconds: int  # of the starts whose work counted


def effort_of(job: Job) -> Effort:
    """A start's work counted if it ended well, or the next one found more than it had found."""
    starts = list(job.attempts.all())
    return Effort(
        starts=len(starts),
        interruptions=interruptions(job),
        core_seconds=sum(start.core_seconds for start in starts),
        useful_core_seconds=sum(start.core_seconds for start in _useful(starts)),
    )


def lost_core_seconds(starts: Iterable[Attempt]) -> int:
    """Of starts that were interrupted before they could save anything more: done for nothing.

    Of one job or of many; each one's starts in order.
    """
    return sum(
        earlier.core_seconds
        for row in _by_task(starts)
        for earlier, later in pairwise(row)
        if not has_more(later.begun_with, earlier.begun_with)
    )


def _useful(starts: Iterable[Attempt]) -> list[Attempt]:
    rows = _by_task(starts)
    kept = [
        earlier
        for row in rows
        for earlier, later in pairwise(row)
        if has_more(later.begun_with, earlier.begun_with)
    ]
    return kept + [row[-1] for row in rows if row[-1].slurm_state == ENDED_WELL]


def _by_task(starts: Iterable[Attempt]) -> list[list[Attempt]]:
    by_task: dict[tuple[UUID, int, int], list[Attempt]] = defaultdict(list)
    for start in starts:
        by_task[start.job_id, start.submission, start.task].append(start)
    return list(by_task.values())


def interruptions(job: Job) -> int:
    """How often it was interrupted, each task of an array by itself; Slurm counts them, too.

    Where nobody saw a start, the number of the next one tells of it.
    """
    newest = {
        (row["submission"], row["task"]): row["last"]
        for row in job.attempts.order_by().values("submission", "task").annotate(last=Max("number"))
    }
    if job.stage != Stage.PARTS:
        now = (job.submission, 0)
        newest[now] = max(newest.get(now, 0), job.restart_count)
    return sum(newest.values())

"""What a job has cost: its starts, the interruptions, and the core-seconds, in all and of use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

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


def _useful(starts: Iterable[Attempt]) -> list[Attempt]:
    by_task: dict[tuple[int, int], list[Attempt]] = defaultdict(list)
    for start in starts:
        by_task[start.submission, start.task].append(start)
    kept = [
        earlier
        for row in by_task.values()
        for earlier, later in pairwise(row)
        if has_more(later.begun_with, earlier.begun_with)
    ]
    return kept + [row[-1] for row in by_task.values() if row[-1].slurm_state == ENDED_WELL]


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

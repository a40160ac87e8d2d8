"""How a result was made: the starts of its job, and the sums over them, read from rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.jobfile import results_prefix
from jobs.models import Attempt, Job
from jobs.starts.effort import ENDED_WELL, Effort, effort_of
from jobs.starts.notes import holds_work
from jobs.states import State

_OF_START = re.compile(r"(\d+)/(\d+)/")


@dataclass(frozen=True)
class Made:
    """What there is to tell of the run of a job that was delivered."""

    job: Job
    starts: Sequence[Attempt]
    effort: Effort
    begun_anew: int  # how often it ran, was lost, and was handed in again
    began_at: datetime | None
    ended_at: datetime | None
    delivered_at: datetime | None
    of_start: Attempt | None  # whose outputs these are; None where that start has no row

    @property
    def is_all_counted(self) -> bool:
        """Of every start it is known how long it ran."""
        counted = [start for start in self.starts if start.started_at and start.ended_at]
        return bool(self.starts) and len(counted) == len(self.starts)

    @property
    def resumed(self) -> Sequence[Attempt]:
        """The starts after an interruption that found work of an earlier one."""
        return [start for start in self.starts if start.number and holds_work(start.begun_with)]


def is_made(job: Job) -> bool:
    """There was a result, whether or not it is still kept."""
    return job.transitions.filter(new=State.DELIVERED).exists()


def made(job: Job) -> Made:
    """All of it, in a few queries."""
    starts = list(job.attempts.all())
    moves = list(job.transitions.all())
    last = {move.new: move.at for move in moves}
    runs = [move.at for move in moves if move.new == State.RUNNING]
    begins = [start.started_at for start in starts if start.started_at] or runs[:1]
    of_start = _of_start(job, starts)
    return Made(
        job=job,
        starts=starts,
        effort=effort_of(job),
        begun_anew=sum((move.old, move.new) == (State.RUNNING, State.CLEAN) for move in moves),
        began_at=min(begins, default=None),
        ended_at=(of_start and of_start.ended_at) or last.get(State.COMPLETED),
        delivered_at=last.get(State.DELIVERED),
        of_start=of_start,
    )


def _of_start(job: Job, starts: Sequence[Attempt]) -> Attempt | None:
    """A stored object's name tells it; where all were put together, the end of the starts does."""
    prefix = results_prefix(job)
    single = job.results.exclude(object_name__startswith=f"{prefix}whole/").first()
    if single and (found := _OF_START.match(single.object_name, len(prefix))):
        mark = (int(found[1]), 0, int(found[2]))
        return next((one for one in starts if _mark(one) == mark), None)
    newest = [one for one in starts if one.submission == job.submission]
    return next((one for one in reversed(newest) if one.slurm_state == ENDED_WELL), None)


def _mark(start: Attempt) -> tuple[int, int, int]:
    return (start.submission, start.task, start.number)

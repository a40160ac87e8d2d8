"""From the rows of a job to what each step of it cost, in seconds; and of many, the middle."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

_STATES_BEFORE = ("uploaded", "scanning", "clean", "submitting", "pending")
# What the portal does before Slurm has the job, and after Slurm has ended it.
BEFORE = ("click", "hop to scan", "scan", "hop to submit", "submit")
AFTER = ("notice the end", "deliver", "letter")
HOPS = ("hop to scan", "hop to submit", "deliver", "letter")
MEANING = {
    "click": "the page's request until `uploaded` is written",
    "hop to scan": "the queue, until a task process has claimed the job",
    "scan": "the file out of the store, through clamd and the child process",
    "hop to submit": "the queue again",
    "submit": "signing, one exec with the job directory, one with sbatch",
    "notice the end": "until a look at the cluster sees it; then the manifest is checked",
    "deliver": "the queue again, the manifest, rows and link",
    "letter": "the queue again, one SMTP dialogue",
}
_END = re.compile(r"^\[(\S+)\] _job_complete: JobId=(\d+) done$", re.MULTILINE)


@dataclass(frozen=True)
class JobTimes:
    """When what happened to one job; `moves` by the state that it came to."""

    clicked_at: datetime
    moves: Mapping[str, datetime]
    ended_at: datetime
    sent_at: datetime


@dataclass(frozen=True)
class Spread:
    """The middle of some figures, and what nine in ten of them stay under."""

    median: float
    p90: float


def steps_of(times: JobTimes) -> dict[str, float]:
    """The seconds of each step; Slurm's own share, from `pending` to its end, is in none."""
    moves = times.moves
    before = [times.clicked_at, *(moves[state] for state in _STATES_BEFORE)]
    after = [times.ended_at, moves["completed"], moves["delivered"], times.sent_at]
    return dict(zip((*BEFORE, *AFTER), _gaps(before) + _gaps(after), strict=True))


def _gaps(chain: Sequence[datetime]) -> list[float]:
    return [(b - a).total_seconds() for a, b in pairwise(chain)]


def overhead_of(steps: Mapping[str, float]) -> float:
    """All that is not waiting for Slurm."""
    return sum(steps[name] for name in (*BEFORE, *AFTER))


def spread(figures: Iterable[float]) -> Spread:
    """Median and 90 % of some figures, at least one."""
    ordered = sorted(figures)
    return Spread(statistics.median(ordered), ordered[max(0, -(-len(ordered) * 9 // 10) - 1)])


def slurm_ends(log: str) -> dict[str, datetime]:
    """When slurmctld heard of each job's end, by job id, from its own log.

    Accounting has whole seconds only. The log's times are of the machine's own zone.
    """
    return {number: datetime.fromisoformat(at).astimezone() for at, number in _END.findall(log)}

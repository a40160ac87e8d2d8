"""What the admin shows of a job's starts: the newest of them, and sums over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Coalesce

from jobs.models import Attempt, Job
from jobs.starts import wording
from jobs.starts.effort import Effort, effort_of
from uploads.rules import size_text

SHOWN = 100
# Of one that noted nothing only its end is known, if that; databases differ in where nothing sorts.
_IN_TIME = [Coalesce("started_at", "ended_at").desc(nulls_last=True), F("number").desc()]


@dataclass(frozen=True)
class Row:
    """One start, in words."""

    start: Attempt
    how_it_ended: str
    begun_with: str
    progress: str


@dataclass(frozen=True)
class Starts:
    """The newest starts of a job, newest first."""

    rows: Sequence[Row]
    not_shown: int
    effort: Effort
    kept: str  # the size of what is kept for the next start, where it is known
    has_tasks: bool


def starts_of(job: Job) -> Starts | None:
    """None where it was never started."""
    newest = list(job.attempts.order_by("-submission", *_IN_TIME)[:SHOWN])
    if not newest:
        return None
    effort = effort_of(job)
    return Starts(
        rows=[_row(start) for start in newest],
        not_shown=effort.starts - len(newest),
        effort=effort,
        kept="" if job.scratch_removed_at else _kept(newest),
        has_tasks=any(start.task for start in newest),
    )


def _row(start: Attempt) -> Row:
    return Row(
        start,
        wording.how_it_ended(start),
        wording.began_with(start),
        "" if start.progress is None else wording.percent_text(start.progress),
    )


def _kept(newest: Sequence[Attempt]) -> str:
    sizes = (start.begun_with.get("size_bytes") for start in newest)
    known = next((size for size in sizes if size is not None), None)
    return "" if known is None else size_text(known)

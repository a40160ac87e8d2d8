"""Starts that come to nothing: a job that is interrupted again and again before it saves anything.

Such a job would loop for ever. After FREELOADER_FRUITLESS_STARTS of them in a row it is held at the
cluster, and people decide; nothing of it is lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from backends.base import Cluster, Observation, Phase
from jobs import reasons
from jobs.models import Attempt, Job
from jobs.starts.notes import Begun, holds_work
from jobs.states import State

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
HELD_BY_US = "JobHeldUser"
# The move by which people let it go on; what puts it on hold is our own.
LET_GO_ON = Q(old=State.PENDING, new=State.PENDING) & ~Q(actor="freeloader")


def has_more(found: Begun, than: Begun) -> bool:
    """Whether a start found more of earlier work than another one had found."""
    if not holds_work(found):
        return False
    kind = found["kind"]
    if kind != than.get("kind"):
        return True
    if kind == "parts":
        return bool(found.get("done", 0) > than.get("done", 0))
    if kind == "checkpoint" and "digest" in found:
        return bool(found["digest"] != than.get("digest"))
    return bool(found.get("saved_at", 0) > than.get("saved_at", 0))


def count(job: Job, kept: Begun) -> int:
    """How many starts in a row kept nothing new before they were interrupted.

    `kept`: what the next one is known to find. Of an array's tasks, which are interrupted together,
    as many as run at once count as one. What was before people let the job go on does not count.
    """
    return _in_vain(_streaks(job, kept)[-1])


def _streaks(job: Job, kept: Begun) -> list[list[Attempt]]:
    """The starts of this stage, in order; where more was found than before, a streak begins."""
    mine = job.attempts.filter(submission__gte=job.stage_since)
    if let_go_on := job.transitions.filter(LET_GO_ON).last():
        mine = mine.exclude(started_at__lt=let_go_on.at)
    best: Begun = {}
    streaks: list[list[Attempt]] = [[]]
    for start in sorted(mine, key=_in_time):
        if has_more(start.begun_with, best):
            best = start.begun_with
            streaks.append([])
        streaks[-1].append(start)
    return [*streaks, []] if has_more(kept, best) else streaks


def _in_vain(streak: Sequence[Attempt]) -> int:
    tasks = Counter((start.submission, start.task) for start in streak)
    interrupted = sum(starts - 1 for starts in tasks.values())
    return interrupted // min(_at_once(streak), len(tasks)) if tasks else 0


def _in_time(start: Attempt) -> tuple[int, datetime, int]:
    return (start.submission, start.started_at or start.ended_at or BEGINNING, start.number)


def _at_once(starts: Sequence[Attempt]) -> int:
    """The most of them that ran at the same time, and at least one."""
    now = timezone.now()
    events = [
        event
        for start in starts
        if start.started_at
        for event in ((start.started_at, 1), (start.ended_at or now, -1))
    ]
    return max(1, *accumulate(step for _at, step in sorted(events)), 0)


def is_on_hold(job: Job) -> bool:
    """We hold it at the cluster, until people decide."""
    # Counted anew once people let it go on, with whatever reason they wrote.
    is_counted = job.state == State.PENDING and job.fruitless_starts > 0
    return is_counted and job.reason.startswith(reasons.ON_HOLD)


def keep_hold(job: Job, seen: Observation, cluster: Cluster) -> None:
    """Hold what was interrupted in vain too often, and release what may go on.

    A start that runs is not stopped. If it saves more after all, its job is no longer on hold.
    """
    if is_on_hold(job):
        return
    # What a rehearsal interrupts itself does not count.
    if job.fruitless_starts - len(job.interruptions) >= settings.FRUITLESS_STARTS:
        cluster.hold(job.ref)
        if job.state == State.PENDING:
            _let_people_decide(job, cluster)
    elif seen.phase is Phase.HELD and seen.reason == HELD_BY_US and _may_go_on(job):
        cluster.release(job.ref)


def _let_people_decide(job: Job, cluster: Cluster) -> None:
    """Of a rehearsal there is nothing to decide: it has found out what it was to find out."""
    why = reasons.FRUITLESS % {"times": job.fruitless_starts}
    if job.rehearsal_id:
        cluster.cancel(job.ref)
        job.move_to(State.FAILED, why)
    else:
        job.move_to(State.PENDING, f"{reasons.ON_HOLD} {why}")


def _may_go_on(job: Job) -> bool:
    """It was held by us, not by an operator, and that is over."""
    was_held = any(_in_vain(one) >= settings.FRUITLESS_STARTS for one in _streaks(job, {}))
    return was_held or _was_let_go_on(job)


def is_being_released(job: Job) -> bool:
    """People let it go on, and the cluster was last seen before it did so."""
    return job.slurm_reason == HELD_BY_US and _was_let_go_on(job)


def _was_let_go_on(job: Job) -> bool:
    """That is the last thing that happened to it."""
    last = job.transitions.last()
    return last is not None and last == job.transitions.filter(LET_GO_ON).last()

"""The only door to django-q2: ringing a task, and the schedule of the sweep.

A ring is a hint. Lose it and the sweep rings again; hear it twice and the second one finds
nothing to claim.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min, QuerySet
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task

SWEEP = "jobs.tasks.sweep"
WAITING_AT_MOST = 200
WAITING_FOR_WORK = 40
WORK = "freeloader"
WATCH = "watch"
QUEUES = dict.fromkeys(("sweep", "track", "look_for_idle", "send_letters"), WATCH)


def ring(task: str, *arguments: str | int) -> None:
    """Ask a worker to run `jobs.tasks.<task>` soon.

    The queue is a table of our own database: within a transaction the ring is part of it, so a
    state is never saved without the ring that belongs to it, nor rung for without being saved.
    """
    async_task(f"jobs.tasks.{task}", *arguments, cluster=queue_of(task))


def ring_once(task: str) -> None:
    """The same, unless such a ring is waiting already."""
    if not waiting_rings(task):
        ring(task)


def queue_of(task: str) -> str:
    """The queue that the task's rings go to."""
    return QUEUES.get(task, WORK)


def ensure_schedules() -> None:
    """The sweep once a minute, even where nothing else rings.

    Schedules are heard by the queue of the work: so that one is seen to be alive as well.
    """
    Schedule.objects.update_or_create(
        name="sweep",
        defaults={
            "func": SWEEP,
            "schedule_type": Schedule.MINUTES,
            "minutes": 1,
            "repeats": -1,
            "next_run": timezone.now(),
        },
    )


def waiting_rings(task: str) -> int:
    """How many rings of this task no task process has taken yet."""
    rows = _untaken(queue_of(task))
    return sum(1 for row in rows[:WAITING_AT_MOST] if row.func() == f"jobs.tasks.{task}")


def room_for_work() -> int:
    """How many more rings the queue of the work may hold.

    Few, for it knows no order: what ends a job must not stand behind a thousand scans.
    """
    return max(0, WAITING_FOR_WORK - _untaken(WORK).count())


def has_room_for_work() -> bool:
    """Whether it may hold one more; what is not rung for is rung for by a later sweep."""
    return room_for_work() > 0


def waiting_since(queue: str) -> datetime | None:
    """Since when the oldest ring in this queue waits."""
    oldest: datetime | None = _untaken(queue).aggregate(oldest=Min("lock"))["oldest"]
    return oldest


def _untaken(queue: str) -> QuerySet[OrmQ]:
    """A ring that was taken keeps its row, locked far into the future, until it is done with.

    Those that a killed process took must not count, or nobody would ring again for as long as
    `retry`. Until it is taken, a ring's lock is the time at which it was rung.
    """
    untaken: QuerySet[OrmQ] = OrmQ.objects.filter(key=queue, lock__lte=timezone.now())
    return untaken

"""The only door to django-q2: ringing a task, and the schedule of the sweep.

A ring is a hint. Lose it and the sweep rings again; hear it twice and the second one finds
nothing to claim.
"""

from __future__ import annotations

from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task

SWEEP = "jobs.tasks.sweep"
WAITING_AT_MOST = 200


def ring(task: str, *arguments: str | int) -> None:
    """Ask a worker to run `jobs.tasks.<task>` soon.

    The queue is a table of our own database: within a transaction the ring is part of it, so a
    state is never saved without the ring that belongs to it, nor rung for without being saved.
    """
    async_task(f"jobs.tasks.{task}", *arguments)


def ensure_schedules() -> None:
    """The sweep once a minute, even where nothing else rings."""
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


def waiting_rings(task: str = "") -> int:
    """How many rings, of this task or of all, no task process has taken yet.

    A ring that was taken keeps its row, locked far into the future, until it is done with; those
    that a killed process took must not count, or nobody would ring again for as long as `retry`.
    """
    rows = OrmQ.objects.filter(lock__lte=timezone.now())
    if not task:
        return int(rows.count())
    return sum(1 for row in rows[:WAITING_AT_MOST] if row.func() == f"jobs.tasks.{task}")

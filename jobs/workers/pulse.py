"""Who is alive: the heartbeats of each host's two groups of task processes.

A group beats whenever one of its processes begins a task. A long task beats under the name of its
process, so that a group of which every process is busy is not taken for one that hangs.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from jobs.models import Heartbeat
from jobs.queue import WATCH, WORK

FORGOTTEN_AFTER = timedelta(days=2)


def beat() -> None:
    """A process of this group begins a task."""
    Heartbeat.beat(_group(_own_queue()))


def beat_busy() -> None:
    """This process is still at its task."""
    Heartbeat.beat(f"{_group(_own_queue())} {os.getpid()}")


def rest() -> None:
    """This process has ended its task."""
    Heartbeat.objects.filter(name=f"{_group(_own_queue())} {os.getpid()}").delete()


def last_beat(queue: str) -> datetime | None:
    """When this host's group last began a task."""
    return Heartbeat.last(_group(queue))


def busy_processes(queue: str) -> int:
    """How many processes of this host's group are at a long task."""
    alive = timezone.now() - timedelta(seconds=settings.LEASE_S)
    return Heartbeat.objects.filter(name__startswith=f"{_group(queue)} ", at__gt=alive).count()


def newest() -> dict[str, datetime]:
    """The newest beat of each group of each host, by "HOST QUEUE"."""
    beats = Heartbeat.objects.values_list("name", "at")
    return {name: at for name, at in beats if name.count(" ") == 1}


def forget_the_dead() -> None:
    """Remove what hosts left that are no longer there."""
    Heartbeat.objects.filter(at__lt=timezone.now() - FORGOTTEN_AFTER).delete()


def _own_queue() -> str:
    return WATCH if os.environ.get("Q_CLUSTER_NAME") == WATCH else WORK


def _group(queue: str) -> str:
    return f"{settings.HOST} {queue}"

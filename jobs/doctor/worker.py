"""Does somebody do the work?"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from jobs.doctor.diagnosis import Answer, Check, Checks, Health, fault, warn, well
from jobs.queue import SWEEP
from jobs.workers.pulse import newest

LATE_AFTER = timedelta(minutes=3)
START = "Start manage.py worker: systemctl start freeloader-worker; its journal says why it ended."


def checks() -> Checks:
    """The schedule first rings, then hearts beat."""
    yield Check("schedule of the sweep", _schedule)
    beats: dict[str, datetime] = {}
    if (yield Check("heartbeats", lambda: _heartbeats(beats))) is Health.FAULT:
        return
    for host, groups in sorted(_by_host(beats).items()):
        yield Check(f"host {host}", partial(of_host, groups))


def _schedule() -> Answer:
    from django_q.models import Schedule

    if not Schedule.objects.filter(func=SWEEP).exclude(repeats=0).exists():
        return fault("Nothing rings the sweep once a minute.", "Run manage.py migrate: it adds it.")
    return well("it is there")


def _heartbeats(beats: dict[str, datetime]) -> Answer:
    beats.update(newest())
    return any_beat(beats)


def any_beat(beats: dict[str, datetime]) -> Answer:
    """Whether any worker of this site is alive."""
    if not beats:
        return fault("No worker has ever run: no job moves.", START)
    newest_age = timezone.now() - max(beats.values())
    if newest_age > LATE_AFTER:
        return fault(f"No worker has been seen for {_words(newest_age)}: no job moves.", START)
    return well(f"the newest is {_words(newest_age)} old")


def of_host(beats: dict[str, datetime]) -> Answer:
    """Whether each of a host's groups of task processes is alive; others may do their work."""
    now = timezone.now()
    ages = {group: now - at for group, at in sorted(beats.items())}
    told = ", ".join(f"{group} {_words(age)} ago" for group, age in ages.items())
    if max(ages.values()) > LATE_AFTER:
        return warn(
            f"Some of its task processes were last seen long ago: {told}.",
            "If the host still is to work, look at its journal of freeloader-worker; if not, this "
            "line goes after two days.",
        )
    return well(told)


def _by_host(beats: dict[str, datetime]) -> dict[str, dict[str, datetime]]:
    hosts: dict[str, dict[str, datetime]] = defaultdict(dict)
    for name, at in beats.items():
        host, _, group = name.partition(" ")
        hosts[host][group] = at
    return hosts


def _words(age: timedelta) -> str:
    seconds = max(0, round(age.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"

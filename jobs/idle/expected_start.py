"""When the cluster expects to start something, for somebody who has never heard of a queue.

It reckons from the time limits of what runs and waits, so that a start is mostly earlier; but a job
on idle computers also lets whoever comes later go before it. So no more is said than "expected".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from jobs.models import Job
from jobs.starts.fruitless import is_on_hold
from jobs.states import State
from jobs.status_page.standing import needs_person
from jobs.wording import moment
from pipelines.models import Cluster

# Looks at a cluster on which jobs wait are at most a minute apart.
LOOK_IS_OLD = timedelta(minutes=10)


def expected_start(job: Job) -> datetime | None:
    """When the waiting job is expected to start; None where that is not known, or in doubt."""
    if job.state != State.PENDING or is_on_hold(job) or needs_person(job) or job.waiting_for:
        return None
    return _credible(job.expected_start_at, job.cluster.polled_at)


def next_start(cluster: Cluster) -> datetime | None:
    """When a small job would start that is handed in now; None too where a node is idle."""
    return _credible(cluster.expected_start_at, cluster.idle_seen_at)


def expected_start_line(job: Job) -> str:
    """What is said of it below the reason why the job waits; empty if nothing is."""
    start = expected_start(job)
    if start is None:
        return ""
    text = _(
        "The cluster expects to start it by about {moment}: earlier if the work before it takes "
        "less time than was set aside for it, later if more urgent work comes in."
    )
    return format_html(text, moment=moment(start))


def _credible(start: datetime | None, seen_at: datetime | None) -> datetime | None:
    """The start, if it is still to come and was told just now."""
    now = timezone.now()
    is_fresh = seen_at is not None and now - seen_at <= LOOK_IS_OLD
    return start if start and start > now and is_fresh else None

"""When to look at which cluster, and who looks."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from jobs.models import Job
from jobs.models.leases import lease_end
from jobs.queue import ring
from jobs.states import ON_CLUSTER
from pipelines.models import Cluster

RING_AGAIN = timedelta(seconds=15)
# What falls due before the watchdog's next glance is rung for now.
AHEAD = timedelta(seconds=0.25)


def ring_due() -> None:
    """Ring for a look at every cluster where jobs live and a look is due."""
    now = timezone.now()
    due = Q(poll_due_at=None) | Q(poll_due_at__lte=now + AHEAD)
    live = Job.objects.filter(state__in=ON_CLUSTER).values("cluster")
    for cluster in Cluster.objects.filter(due, _free(now), pk__in=live):
        Cluster.objects.filter(pk=cluster.pk).update(poll_due_at=now + RING_AGAIN)
        ring("track", cluster.pk)


def claim(cluster_id: int) -> Cluster | None:
    """Take the cluster for one look under a lease; None if another has it."""
    now, token = timezone.now(), uuid.uuid4()
    free = Cluster.objects.filter(_free(now), pk=cluster_id)
    if not free.update(poll_lease_until=lease_end(), poll_token=token):
        return None
    return Cluster.objects.filter(poll_token=token).first()


def renew(cluster: Cluster) -> bool:
    """Keep the claim; False if it is lost."""
    return bool(_mine(cluster).update(poll_lease_until=lease_end()))


def release(cluster: Cluster, **changes: Any) -> None:
    """End the claim and note when to look next."""
    for name, value in changes.items():
        setattr(cluster, name, value)
    due_at = timezone.now() + timedelta(seconds=seconds_to_next_look(cluster))
    _mine(cluster).update(poll_lease_until=None, poll_token=None, poll_due_at=due_at, **changes)


def stir(cluster_id: int) -> None:
    """Something is about to happen there: look soon, and more often for a while."""
    now = timezone.now()
    soon = now + timedelta(seconds=settings.POLL_FASTEST_S)
    Cluster.objects.filter(pk=cluster_id).update(stirred_at=now)
    Cluster.objects.filter(pk=cluster_id, poll_due_at__gt=soon).update(poll_due_at=soon)


def seconds_to_next_look(cluster: Cluster) -> float:
    """How long to wait: a tenth of the time that nothing has happened, within the site's limits.

    Closer than a third of slurmctld's MinJobAge in any case, for it forgets jobs after that.
    """
    since = cluster.stirred_at or timezone.now()
    if cluster.poll_error and cluster.polled_at:
        since = cluster.polled_at  # the longer it does not answer, the more rarely it is asked
    longest: float = settings.POLL_SLOWEST_S
    if cluster.min_job_age_s:
        longest = min(longest, cluster.min_job_age_s / 3)
    quiet_s = (timezone.now() - since).total_seconds()
    jitter = random.uniform(0.9, 1.1)  # noqa: S311 - spreads the looks of many clusters
    fastest: float = settings.POLL_FASTEST_S
    return max(fastest, min(longest, quiet_s / 10)) * jitter


def _free(now: datetime) -> Q:
    return Q(poll_lease_until=None) | Q(poll_lease_until__lt=now)


def _mine(cluster: Cluster) -> Any:
    return Cluster.objects.filter(pk=cluster.pk, poll_token=cluster.poll_token)

"""Staff say that a cluster is gone for good; nobody asks it any more."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from jobs.models import Job
from jobs.states import ENDS
from pipelines.models import Cluster


class InUse(Exception):
    """Jobs on it have not ended, or open pages would bring it more."""


@dataclass(frozen=True)
class Use:
    """What a cluster is used for: jobs that have not ended, and titles of open pages."""

    jobs: int
    pages: list[str]

    def __bool__(self) -> bool:
        """Whether it is used."""
        return bool(self.jobs or self.pages)


def use_of(cluster: Cluster) -> Use:
    """What has to end before it can be given up."""
    pages = cluster.pipelines.filter(is_open=True).order_by("title")
    jobs = Job.objects.filter(cluster=cluster).exclude(state__in=ENDS)
    return Use(jobs.count(), list(pages.values_list("title", flat=True)))


def give_up(cluster: Cluster, *, actor: str, why: str) -> None:
    """Close it for ever, and with it all clean-ups that are owed there; `InUse` if it is used.

    Said twice, the first word stays. Each job notes by itself that nothing is proved.
    """
    with transaction.atomic():
        row = Cluster.objects.select_for_update().get(pk=cluster.pk)
        if row.gone_at:
            return
        if use_of(row):
            raise InUse
        now = timezone.now()
        owing = Job.objects.owing_clusters().filter(cluster=row)
        owing.update(due_at=now, rung_at=None)  # first: then the cluster owes nothing
        Cluster.objects.filter(pk=row.pk).update(
            is_open=False, gone_at=now, gone_by=actor, gone_why=why
        )

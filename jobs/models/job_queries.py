"""Questions about many jobs, and the claim of one."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.core import signing
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from jobs import links
from jobs.models.leases import lease_end
from jobs.models.transition import Transition
from jobs.states import ENDS, ON_CLUSTER, State, states_of
from pipelines.models import Cluster

if TYPE_CHECKING:
    from jobs.models.job import Job


class JobQuerySet(models.QuerySet["Job"]):
    """What a job's manager is asked."""

    def claim(self, pk: uuid.UUID | str, task: str) -> Job | None:
        """Take the job for this task under a lease; None if it is not due or another has it.

        The try is counted here, before the work: a job that kills its worker is stopped too.
        """
        now, token = timezone.now(), uuid.uuid4()
        claimed = (
            self.due(task, now)
            .filter(pk=pk)
            .update(lease_until=lease_end(), lease_token=token, tries=F("tries") + 1)
        )
        # Asked for with the token: a person's word may have come in between.
        job = self.filter(pk=pk, lease_token=token).first() if claimed else None
        if job:
            job.claim_token = token
        return job

    def due(self, task: str, now: datetime) -> JobQuerySet:
        """The jobs on which `task` may work now."""
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lt=now), state__in=states_of(task), due_at__lte=now
        )

    def on_cluster(self, cluster: Cluster) -> JobQuerySet:
        """The jobs whose Slurm job lives there, as far as we know."""
        return self.filter(cluster=cluster, state__in=ON_CLUSTER)

    def owing_clusters(self) -> JobQuerySet:
        """Those that are over, but have directories on a cluster that may still answer."""
        return self.left_on_cluster().filter(cluster__gone_at=None)

    def left_on_cluster(self) -> JobQuerySet:
        """Those that are over, and whose directories nobody has seen to be gone."""
        return self.handed_over().filter(state__in=ENDS, scratch_removed_at=None)

    def handed_over(self) -> JobQuerySet:
        """Those that a cluster may know; see `Job.was_handed_over`."""
        moves = Transition.objects.filter(job=OuterRef("pk"), new=State.SUBMITTING)
        return self.filter(Exists(moves))

    def by_token(self, token: str) -> Job:
        """The job of a status link; `DoesNotExist` for a token of nobody's."""
        return self.get(status_sha256=links.sha256_of(token))

    def by_confirmation_token(self, token: str) -> Job:
        """The job that the letter's link confirms; `DoesNotExist` for a token of nobody's."""
        try:
            pk, begin = links.confirmed_by(token)
            if begin:
                return self.get(pk=pk, status_sha256__startswith=begin)
            return self.get(pk=pk, resendings=None)  # no letter has taken this one's place since
        except signing.BadSignature as error:
            raise self.model.DoesNotExist from error

    def awaiting_confirmation(self) -> JobQuerySet:
        """All that is there, but the e-mail address was not confirmed yet."""
        return self.filter(state=State.UPLOADED, settings__confirm_email=True, confirmed_at=None)

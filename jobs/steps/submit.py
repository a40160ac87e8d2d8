"""submit: an accepted job becomes exactly one Slurm job."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from backends.base import Cluster, JobRef, Resources, Store, Submission
from jobs.jobfile import SIGNED_FOR_S, job_directory
from jobs.models import Job, LostRace
from jobs.states import ENDS, State


def submit(job: Job, *, store: Store, cluster: Cluster) -> None:
    """Ask the cluster for the job under its key; after a lost answer the same call adopts it.

    The intent is saved as the state `submitting` before anything is sent.
    """
    if job.state == State.CLEAN:
        job.move_to(State.SUBMITTING, "The job is handed to the cluster.")
    _end_earlier(job, cluster)
    signed_until = timezone.now() + timedelta(seconds=SIGNED_FOR_S)
    settings = job.frozen
    resources = Resources(settings.cpus, settings.memory_mb, settings.time_limit_min)
    slurm_id = cluster.submit(Submission(job.key, resources, job_directory(job, store)))
    try:
        job.move_to(
            State.PENDING,
            f"The cluster took it as job {slurm_id}.",
            slurm_id=slurm_id,
            signed_until=signed_until,
        )
    except LostRace:
        _clear_up_again(job)
        raise


def _end_earlier(job: Job, cluster: Cluster) -> None:
    """The Slurm job that the cluster lost may live on somewhere, or come back."""
    for key in job.earlier_keys:
        cluster.cancel(JobRef(key, ""))
        cluster.remove(key)


def _clear_up_again(job: Job) -> None:
    """The job was cancelled meanwhile, and may have been cleared up before the cluster took it."""
    over = Job.objects.filter(pk=job.pk, state__in=ENDS, slurm_id="")
    over.update(scratch_removed_at=None, due_at=timezone.now(), lease_until=None, lease_token=None)

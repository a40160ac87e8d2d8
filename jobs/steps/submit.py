"""submit: an accepted job becomes exactly one Slurm job."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from backends.base import Cluster, Resources, Store, Submission
from jobs.jobfile import SIGNED_FOR_S, job_directory
from jobs.models import Job
from jobs.states import State


def submit(job: Job, *, store: Store, cluster: Cluster) -> None:
    """Ask the cluster for the job under its key; after a lost answer the same call adopts it.

    The intent is saved as the state `submitting` before anything is sent.
    """
    if job.state == State.CLEAN:
        job.move_to(State.SUBMITTING, "The job is handed to the cluster.")
    signed_until = timezone.now() + timedelta(seconds=SIGNED_FOR_S)
    settings = job.frozen
    resources = Resources(settings.cpus, settings.memory_mb, settings.time_limit_min)
    slurm_id = cluster.submit(Submission(job.key, resources, job_directory(job, store)))
    job.move_to(
        State.PENDING,
        f"The cluster took it as job {slurm_id}.",
        slurm_id=slurm_id,
        signed_until=signed_until,
    )

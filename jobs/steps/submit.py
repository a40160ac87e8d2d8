"""submit: an accepted job becomes exactly one Slurm job."""

from __future__ import annotations

from copy import copy
from datetime import timedelta

from django.utils import timezone

from backends.base import (
    Cluster,
    ClusterError,
    JobRef,
    Observation,
    Phase,
    Resources,
    Store,
    Submission,
)
from jobs import reasons
from jobs.following.news import LIVES
from jobs.idle import partition
from jobs.jobfile import SIGNED_FOR_S, job_directory
from jobs.models import Job, LostRace
from jobs.stages import first_stage, is_proved
from jobs.states import ENDS, State
from pipelines import dmtcp


def submit(job: Job, *, store: Store, cluster: Cluster) -> None:
    """Ask the cluster for the job under its key; after a lost answer the same call adopts it.

    The intent is saved as the state `submitting` before anything is sent. A transient
    `ClusterError` while the cluster's partition does not give way to others, or lacks DMTCP.
    """
    if job.state == State.CLEAN:
        stage = job.stage if job.submission > 1 else first_stage(job)
        job.move_to(State.SUBMITTING, reasons.HANDED_OVER, stage=stage)
    if job.submission > 1 and _take_up_earlier(job, store, cluster):
        return
    _ensure_it_may_go(job, cluster)
    signed_until = timezone.now() + timedelta(seconds=SIGNED_FOR_S)
    settings = job.frozen
    resources = Resources(settings.cpus, settings.memory_mb, settings.time_limit_min)
    submission = Submission(job.key, resources, job_directory(job, store), tasks=job.tasks)
    if job.claim_token and not job.renew_lease():
        raise LostRace("The claim was lost before the cluster was asked.")
    slurm_id = cluster.submit(submission)
    try:
        job.move_to(
            State.PENDING,
            reasons.TAKEN % {"slurm_id": slurm_id},
            slurm_id=slurm_id,
            signed_until=signed_until,
        )
    except LostRace:
        _clear_up_again(job, cluster)
        raise


def _ensure_it_may_go(job: Job, cluster: Cluster) -> None:
    partition.ensure_gives_way(job.cluster, cluster)
    if job.frozen.uses_dmtcp and (words := dmtcp.missing(job.cluster)):
        raise ClusterError(words, transient=True)


def _take_up_earlier(job: Job, store: Store, cluster: Cluster) -> bool:
    """Take up a Slurm job that was given up for lost and has come back; end what else is left.

    slurmctld may find it again, or its operator release it, until the very moment of this look. A
    Slurm job of an earlier stage is not taken up: all that it was for is done.
    """
    keys = {key: number for number, key in enumerate(job.earlier_keys, start=1)}
    alike = [key for key, number in keys.items() if number >= job.stage_since]
    seen = cluster.observe([JobRef(key, "", job.tasks) for key in alike])
    if any(look.phase is Phase.ENDING for look in seen.values()):
        # Either it is requeued, or it is gone: the workers of a failed array take their time.
        raise ClusterError("An earlier run of the job is just ending.", transient=True)
    back = next((key for key in alike if _is_back(job, keys[key], seen[key], store, cluster)), "")
    for key in (*keys, job.key) if back else keys:
        if key != back:
            cluster.cancel(JobRef(key, ""))
            cluster.remove(key)
    if back:
        job.move_to(
            State.PENDING,
            reasons.FOUND_AGAIN,
            submission=keys[back],
            slurm_id=seen[back].slurm_id,
            restart_count=seen[back].restart_count,
        )
    return bool(back)


def _is_back(job: Job, submission: int, seen: Observation, store: Store, cluster: Cluster) -> bool:
    """Whether it lives, or has ended and what it was for is all there."""
    earlier = copy(job)
    earlier.submission, earlier.restart_count = submission, seen.restart_count
    is_done = seen.phase is Phase.COMPLETED and is_proved(earlier, store, cluster)
    return is_done or seen.phase in LIVES


def _clear_up_again(job: Job, cluster: Cluster) -> None:
    """The job ended meanwhile, and may have been cleared up before the cluster took it."""
    over = Job.objects.filter(pk=job.pk, state__in=ENDS)
    fresh = {"scratch_removed_at": None, "due_at": timezone.now(), "rung_at": None}
    if over.update(**fresh, lease_until=None, lease_token=None):
        cluster.cancel(job.ref)

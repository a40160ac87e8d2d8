"""expire: the only place that deletes. Nothing is kept longer than it is needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from backends.base import Cluster, Store
from jobs.jobfile import results_prefix
from jobs.models import Job
from jobs.states import State
from uploads import parts
from uploads.models import Upload

NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def expire(job: Job, *, store: Store, cluster: Cluster) -> None:
    """Delete what is due, and note when the next thing is; all of it can be repeated."""
    if job.state == State.UPLOADING:
        _give_up_upload(job)
        return
    _clear_scratch(job, cluster)
    _delete_inputs(job, store)
    _delete_results(job, store)
    if job.state == State.DELIVERED and _due_results(job) <= timezone.now():
        job.move_to(State.EXPIRED, "The result's time is over; it was deleted.")
    else:
        _rest(job)


def _give_up_upload(job: Job) -> None:
    end = job.created_at + timedelta(days=settings.ABANDONED_UPLOAD_DAYS)
    if end <= timezone.now():
        job.move_to(State.EXPIRED, "The files were not all sent in time; they were deleted.")
    else:
        job.save_fields(due_at=end, lease_until=None, lease_token=None, tries=0)


def _clear_scratch(job: Job, cluster: Cluster) -> None:
    if job.scratch_removed_at:
        return
    if job.accepted_at:  # before that the cluster has never heard of it
        if job.state != State.DELIVERED:
            cluster.cancel(job.ref)
        cluster.remove(job.key)
    job.save_fields(scratch_removed_at=timezone.now())


def _due_inputs(job: Job) -> datetime:
    if job.inputs_deleted_at:
        return NEVER
    ended = job.changed_at if job.state != State.EXPIRED else job.created_at
    return ended + timedelta(days=job.frozen.input_days)


def _delete_inputs(job: Job, store: Store) -> None:
    if _due_inputs(job) > timezone.now():
        return
    for file in job.upload.files.all():
        parts.remove(file, store=store)
    now = timezone.now()
    Upload.objects.filter(pk=job.upload_id, deleted_at=None).update(deleted_at=now)
    job.save_fields(inputs_deleted_at=now)


def _due_results(job: Job) -> datetime:
    if job.state == State.DELIVERED:
        return job.expires_at or NEVER
    return NEVER if job.results_deleted_at else timezone.now()


def _delete_results(job: Job, store: Store) -> None:
    if job.results_deleted_at or _due_results(job) > timezone.now():
        return
    for stored in store.list_objects(results_prefix(job)):
        store.delete(stored.name)
    job.save_fields(results_deleted_at=timezone.now())


def _rest(job: Job) -> None:
    """Let go of the claim until the next thing is due."""
    next_due = min(_due_inputs(job), _due_results(job))
    job.save_fields(due_at=next_due, lease_until=None, lease_token=None, tries=0)

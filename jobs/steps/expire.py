"""expire: what a job no longer needs is deleted. Nothing is kept longer than it is needed.

The only place that deletes for jobs. What is said to be deleted was looked for afterwards, and was
not there: until then it is due.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backends.base import Cluster, ClusterError, JobRef, Store
from jobs import reasons
from jobs.deletion import counted, inputs, remains
from jobs.following.news import LIVES
from jobs.jobfile import results_prefix
from jobs.models import Job, Letter
from jobs.results.ends import GRACE
from jobs.results.notice import notice_due, write_notice
from jobs.starts import attempts
from jobs.states import State
from uploads import parts

What = counted.What
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def expire(job: Job, *, store: Store, cluster: Cluster) -> None:
    """Delete what is due, and note when the next thing is; all of it can be repeated."""
    if job.state == State.UPLOADING:
        _give_up_upload(job)
        return
    if job.state == State.DELIVERED:  # its run is over
        _delete_from_store(job, store)
        if not _clears_scratch_or_ends(job, cluster):
            return
    else:
        _end_and_delete(job, store, cluster)
    _clear_late_comers(job, store, cluster)
    if job.state == State.DELIVERED and job.results_deleted_at:
        _end_of_result(job)
    elif counted.left_of(job):
        job.wait(reasons.STILL_SHOWN)
    else:
        _rest(job)


def _clears_scratch_or_ends(job: Job, cluster: Cluster) -> bool:
    """A cluster that is away, or gone for good, keeps no result: of what has ended it is asked."""
    try:
        _clear_scratch(job, cluster)
    except ClusterError:
        if not job.results_deleted_at:
            raise
        _end_of_result(job)
        return False
    return True


def _end_and_delete(job: Job, store: Store, cluster: Cluster) -> None:
    """Whatever still runs is ended first, if its cluster answers in time.

    Else it is owed: no result of that run will be taken, and what it stores meanwhile is deleted
    when its signed URLs have ended, whether or not the cluster ever comes back.
    """
    try:
        _clear_scratch(job, cluster)
    except ClusterError:
        if timezone.now() < inputs.ended_at(job) + _cluster_awaited():
            raise
        _delete_from_store(job, store)
        if not _late_comers_were_gone(job):
            _late_comers_are_gone(job, store)
        raise
    _delete_from_store(job, store)


def _cluster_awaited() -> timedelta:
    return timedelta(hours=settings.CLUSTER_AWAITED_HOURS)


def _delete_from_store(job: Job, store: Store) -> None:
    _delete_inputs(job, store)
    _delete_results(job, store)
    write_notice(job)


def _end_of_result(job: Job) -> None:
    with transaction.atomic():
        job.move_to(State.EXPIRED, reasons.RESULT_OVER)
        Letter.withdraw_ending(job.pk)


def _rest(job: Job) -> None:
    with transaction.atomic():
        _read_end(job)  # held: a letter that leaves, or a person, makes it due after this
        notice = notice_due(job) or NEVER
        job.rest_until(min(_due_inputs(job), _due_results(job), _due_late_comers(job), notice))


def _read_end(job: Job) -> None:
    """Learn the end of the result as it is now: this step may have been at work for long."""
    row = Job.objects.select_for_update().filter(pk=job.pk)
    job.expires_at = row.values_list("expires_at", flat=True).get()


def _give_up_upload(job: Job) -> None:
    end = job.upload.touched_at + timedelta(days=settings.ABANDONED_UPLOAD_DAYS)
    if end <= timezone.now():
        job.move_to(State.EXPIRED, reasons.UPLOAD_OVER)
    else:
        job.rest_until(end)


def _clear_scratch(job: Job, cluster: Cluster) -> None:
    if job.scratch_removed_at:
        return
    if job.cluster.gone_at and job.was_handed_over:
        counted.note_unproved(job)
    elif _leave_cluster(job, cluster):
        job.save_fields(scratch_removed_at=timezone.now())


def _leave_cluster(job: Job, cluster: Cluster) -> bool:
    """Whether nothing of it is left there, or nobody is left who could be asked."""
    if job.cluster.gone_at or not job.was_handed_over:
        return True
    keys = [*job.earlier_keys, job.key, job.kept_key]
    return counted.from_cluster(
        job, keys, remove=lambda: _end_and_remove(job, cluster), cluster=cluster
    )


def _end_and_remove(job: Job, cluster: Cluster) -> None:
    for key in (*job.earlier_keys, job.key):
        if job.state != State.DELIVERED or key != job.key:
            _end(JobRef(key, ""), cluster)
            if key == job.key:
                attempts.close(job, cluster, job.state.upper())
        cluster.remove(key)
    cluster.remove(job.kept_key)


def _end(ref: JobRef, cluster: Cluster) -> None:
    """Cancel it; `ClusterError` as long as it dies, for a run that dies may still write files."""
    cluster.cancel(ref)
    if cluster.observe([ref])[ref.key].phase in LIVES:
        raise ClusterError("The run is being ended.", transient=True)


def _due_inputs(job: Job) -> datetime:
    if job.inputs_deleted_at:
        return NEVER
    # The job under way, whose end is not known, looks itself when it has ended.
    return inputs.kept_until(job.upload_id) or timezone.now() + inputs.LOOK_AGAIN


def _delete_inputs(job: Job, store: Store) -> None:
    if job.inputs_deleted_at or not inputs.let_go(job.upload_id):
        return
    places, remove = [_inputs_prefix(job)], lambda: _remove_files(job, store)
    if counted.from_store(job, What.INPUTS, places, remove=remove, store=store):
        inputs.note_removed(job)


def _inputs_prefix(job: Job) -> str:
    return f"{remains.UPLOADS}{job.upload_id}/"


def _remove_files(job: Job, store: Store) -> None:
    for file in job.upload.files.all():  # by their rows, for listings may lag
        parts.remove(file, store=store)
    remains.remove_below(_inputs_prefix(job), store)


def _due_results(job: Job) -> datetime:
    if job.results_deleted_at:
        return NEVER
    if job.state != State.DELIVERED:
        return timezone.now()
    return job.expires_at + GRACE if job.expires_at else NEVER


def _delete_results(job: Job, store: Store) -> None:
    with transaction.atomic():
        _read_end(job)
    if _due_results(job) > timezone.now():
        return
    places, remove = [results_prefix(job)], lambda: _remove_results(job, store)
    if counted.from_store(job, What.RESULTS, places, remove=remove, store=store):
        job.save_fields(results_deleted_at=timezone.now())


def _remove_results(job: Job, store: Store) -> None:
    for file in job.results.all():
        store.delete(file.object_name)
    remains.remove_below(results_prefix(job), store)


def _due_late_comers(job: Job) -> datetime:
    """When no signed URL of the job is good any more, so that nothing can come after."""
    if job.cleared_at or not (job.inputs_deleted_at and job.results_deleted_at):
        return NEVER
    part_urls = timedelta(seconds=settings.UPLOAD_URLS_S)
    last_url = max(job.signed_until or inputs.ended_at(job), inputs.ended_at(job) + part_urls)
    return last_url + timedelta(minutes=10)


def _clear_late_comers(job: Job, store: Store, cluster: Cluster) -> None:
    """Once more: a page or a run that was still under way may have left something since."""
    if _late_comers_are_gone(job, store) and _leave_cluster(job, cluster):
        job.save_fields(cleared_at=timezone.now(), log_tail="")


def _late_comers_are_gone(job: Job, store: Store) -> bool:
    """Whether their time is over, and the store has nothing of the job any more."""
    if _due_late_comers(job) > timezone.now():
        return False
    places, remove = [_inputs_prefix(job), results_prefix(job)], lambda: _remove_all(job, store)
    return counted.from_store(job, What.LATE, places, remove=remove, store=store)


def _late_comers_were_gone(job: Job) -> bool:
    """Whether a look since then saw nothing: while its cluster is away, no other follows."""
    last = job.removals.filter(what=What.LATE).last()
    return last is not None and last.is_whole and last.at > _due_late_comers(job)


def _remove_all(job: Job, store: Store) -> None:
    _remove_files(job, store)
    _remove_results(job, store)

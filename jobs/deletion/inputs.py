"""How long sent files are kept: until the last of the jobs that run on them needs them no more.

Several jobs may run on one upload: those of rehearsals, and a job that is run again. Whoever makes
a job of files that are there already, and whoever takes files away, lock the upload's row first and
look at what the other has done. So no job is ever made of files that are going.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from jobs import reasons
from jobs.models import Job, Rehearsal, Removal
from jobs.states import State
from uploads.models import Upload

LOOK_AGAIN = timedelta(days=1)  # whether a test input is still one; who lets it go makes them due
# Whoever cancels, is refused, or came to no end with sending, is told that the files are deleted:
# so they are, whatever the pipeline keeps.
KEEPS_NO_INPUTS = frozenset({State.CANCELLED, State.REJECTED})


class Gone(Exception):
    """The files are deleted, or about to be."""


def kept_until(upload_id: UUID) -> datetime | None:
    """When the files are to go; None as long as a job that runs on them has not ended."""
    jobs = list(Job.objects.filter(upload=upload_id))
    if not all(job.is_over for job in jobs):
        return None
    if any(map(_is_said_to_be_deleted, jobs)):
        return max(map(ended_at, jobs))
    if _is_test_input(upload_id, jobs):
        return timezone.now() + LOOK_AGAIN
    return max(ended_at(job) + timedelta(days=_days(job)) for job in jobs)


def _is_said_to_be_deleted(job: Job) -> bool:
    is_told = job.state in KEEPS_NO_INPUTS or job.reason == reasons.UPLOAD_OVER
    return is_told and not job.is_quiet


def _is_test_input(upload_id: UUID, jobs: Iterable[Job]) -> bool:
    if not any(job.rehearsal_id and job.accepted_at for job in jobs):
        return False
    return Rehearsal.objects.filter(upload=upload_id, keeps_input=True).exists()


def _days(job: Job) -> int:
    return 0 if job.rehearsal_id else job.frozen.input_days


def ended_at(job: Job) -> datetime:
    """When the work on a job ended."""
    return job.ended_at or job.changed_at


def hold(upload_id: UUID) -> None:
    """Keep the files for one more job that is made in this transaction; `Gone` if they go."""
    if Upload.objects.select_for_update().get(pk=upload_id).let_go_at:
        raise Gone


def let_go(upload_id: UUID) -> bool:
    """Whether the files may be removed: from then on no job is made of them."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload_id)
        if upload.let_go_at:  # what was left then is removed now
            return True
        now = timezone.now()
        end = kept_until(upload_id)
        if end is None or end > now:
            return False
        Upload.objects.filter(pk=upload_id).update(let_go_at=now)
    return True


def note_removed(job: Job) -> None:
    """The files are gone, for every job that ran on them; `LostRace` if the job's claim is lost.

    But for one whose own look still saw some of them: it has to look again.
    """
    now = timezone.now()
    with transaction.atomic():
        Upload.objects.select_for_update().get(pk=job.upload_id)  # else two lock in two orders
        job.save_fields(inputs_deleted_at=now)
        seen = Removal.objects.filter(job__upload=job.upload_id, what=Removal.What.INPUTS)
        looking = seen.exclude(objects_left=0, segments_left=0)
        others = Job.objects.filter(upload=job.upload_id, inputs_deleted_at=None)
        others.exclude(removals__in=looking).update(inputs_deleted_at=now)

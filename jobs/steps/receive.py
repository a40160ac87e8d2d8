"""receive: a visitor's files are announced, sent, and handed over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs import reasons
from jobs.models import Job, LostRace
from jobs.new_job import new_job
from jobs.states import ENDS, State
from pipelines.models import Pipeline
from uploads.models import Upload
from uploads.quotas import OverQuota, spend
from uploads.rules import DeclaredFile, FileRules

MB = 10**6


def rules_of(pipeline: Pipeline) -> FileRules:
    """What the pipeline's page takes."""
    return FileRules(
        max_files=pipeline.max_files,
        max_file_bytes=pipeline.max_file_mb * MB,
        max_total_bytes=pipeline.max_total_mb * MB,
        patterns=tuple(pipeline.pattern_list),
        accept_empty=pipeline.accept_empty_files,
    )


class AnnouncedOtherwise(Exception):
    """Under this name something else was announced before."""


def announced_before(
    name: UUID | None, pipeline: Pipeline, email: str, files: Sequence[DeclaredFile]
) -> Job | None:
    """The job that was made of this announcement when its answer got lost; None if there is none.

    `AnnouncedOtherwise` if it is of another page, of other files, or somebody else's by now.
    """
    job = name and Job.objects.filter(announcement=name).select_related("upload").first()
    if not job:
        return None
    said = (pipeline.pk, email.lower(), list(files))
    is_same = said == (job.pipeline_id, job.email, declared(job.upload))
    # To one that got a new address only letters lead: steps/resend.py.
    if not is_same or job.resendings.with_new_address().exists():
        raise AnnouncedOtherwise
    return job


def declared(upload: Upload) -> list[DeclaredFile]:
    """The files of an upload, as they were announced."""
    return [DeclaredFile(f.name, f.size_bytes, f.modified_ms) for f in upload.files.all()]


def announce(
    pipeline: Pipeline,
    email: str,
    files: Sequence[DeclaredFile],
    *,
    name: UUID | None = None,
    network: str = "",
) -> Job:
    """A new job in `uploading`, with a frozen copy of the pipeline's settings and code.

    The files were checked before, by `uploads.rules.problems`. Of two requests that announce the
    same `name` at once both get the one job, and one is counted. `OverQuota` if it is too much for
    the site, the e-mail address or the `network` that it comes from. `ClusterIsGone` if the page
    was closed meanwhile, for its cluster is gone for good.
    """
    try:
        with transaction.atomic():
            spend_on_job(email, files, network)
            if pipeline.code is None:
                raise ValueError("A pipeline without code takes no files.")
            upload = Upload.objects.declare(files)
            return new_job(pipeline, upload, email, code=pipeline.code, announcement=name)
    except (IntegrityError, OverQuota):
        if job := announced_before(name, pipeline, email, files):
            return job
        raise


def spend_on_job(email: str, files: Sequence[DeclaredFile], network: str) -> None:
    """Count one more job of these files; `OverQuota` as in `announce`."""
    size_bytes = sum(file.size_bytes for file in files)
    open_jobs = Job.objects.exclude(state__in=ENDS).filter(rehearsal=None)
    spend(size_bytes, email=email.lower(), network=network, count_open_jobs=open_jobs.count)


def receive(job: Job) -> list[int]:
    """Hand the upload over once all its files are in the store.

    Returns the numbers of the files that are not; then nothing has changed.
    """
    if job.state != State.UPLOADING:
        return []
    if missing := list(job.upload.missing().values_list("number", flat=True)):
        return missing
    while job.state == State.UPLOADING:
        try:
            hand_over(job, reasons.ARRIVED)
        except LostRace:  # most often another tab was quicker
            job.refresh_from_db()
    return []


def hand_over(job: Job, how: str) -> None:
    """All its files are there: the job goes on, or waits for a confirmation; `LostRace`."""
    if not job.frozen.confirm_email or job.confirmed_at:
        job.move_to(State.UPLOADED, how, actor="collaborator")
        return
    due_at = timezone.now() + timedelta(days=settings.CONFIRM_DAYS)
    job.move_to(State.UPLOADED, f"{how} {reasons.TO_CONFIRM}", actor="collaborator", due_at=due_at)


def confirm(job: Job) -> None:
    """The collaborator followed the link in the letter: the job goes on; twice does no harm."""
    while job.awaits_confirmation:
        try:
            now = timezone.now()
            job.move_to(State.UPLOADED, reasons.CONFIRMED, actor="collaborator", confirmed_at=now)
        except LostRace:  # a second click, a cancel, or the end of the time to confirm
            job.refresh_from_db()

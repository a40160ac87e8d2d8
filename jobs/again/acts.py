"""again: a pipeline is run once more, as it is today, on files that are still kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs import reasons
from jobs.deletion import inputs
from jobs.models import Job
from jobs.new_job import ClusterIsGone, new_job
from jobs.states import State
from jobs.steps.receive import (
    AnnouncedOtherwise,
    declared,
    hand_over,
    rules_of,
    spend_on_job,
)
from jobs.wording import shown_name
from pipelines.models import CodeVersion
from uploads.rules import problems

SAID_AT_MOST = 5  # of what is wrong with the files
# What ended in these is repeated; of the others the files were refused, or said to be deleted.
REPEATED = frozenset({State.DELIVERED, State.EXPIRED, State.FAILED})


class NotAgain(Exception):
    """It cannot be run again; the message says why, for the one who asks for it."""


@dataclass(frozen=True)
class Offer:
    """What a status page says about running its job again; `refusal` is empty where it can be.

    `name` is what the page calls the new job. It is the same until there is one, so that whoever
    presses twice, or in two tabs, gets one. `until` is None while another job keeps the files.
    """

    name: UUID
    until: datetime | None
    code: CodeVersion | None
    refusal: str


def offer_of(job: Job) -> Offer | None:
    """What can be offered to the collaborator; None where there are no files to be used again."""
    if _says_nothing(job):
        return None
    until = inputs.kept_until(job.upload_id)
    if until and until <= timezone.now():
        return None
    name = uuid5(job.pk, f"again {job.repeated_by.count()}")
    return Offer(name, until, job.pipeline.code, _refusal(job))


def _says_nothing(job: Job) -> bool:
    is_gone = job.inputs_deleted_at or job.upload.let_go_at or job.upload.missing().exists()
    return job.state not in REPEATED or job.rehearsal_id is not None or bool(is_gone)


def again(job: Job, *, name: UUID, network: str = "") -> Job:
    """A new job on the files of one that has ended; it is checked, run and delivered as any other.

    By the pipeline's settings, code and policy of today. Asked for twice under one `name` it is
    one. `NotAgain` with the reason; `OverQuota` as in `announce`; `AnnouncedOtherwise` if the name
    is that of another job. Of asking for it and deleting the files at once one comes too late.
    """
    try:
        return _again(job, name, network)
    except ClusterIsGone as error:
        raise NotAgain(_closed()) from error


def _again(job: Job, name: UUID, network: str) -> Job:
    with transaction.atomic():
        is_gone = _hold(job)  # so two who ask for it at once come here one after the other
        job = _as_it_is(job)
        if made := _made_before(job, name):
            return made
        if why := _gone() if is_gone else _why_not(job):
            raise NotAgain(why)
        spend_on_job(job.email, declared(job.upload), network)
        new = new_job(
            job.pipeline,
            job.upload,
            job.email,
            code=job.pipeline.code,
            announcement=name,
            again_of=job,
            confirmed_at=job.confirmed_at,
        )
        hand_over(new, reasons.USED_AGAIN)
        return new


def _as_it_is(job: Job) -> Job:
    """Its address is not corrected while the files are held; if it was, its page is another one."""
    same = Job.objects.filter(pk=job.pk, status_sha256=job.status_sha256)
    if now := same.first():
        return now
    raise AnnouncedOtherwise


def _hold(job: Job) -> bool:
    try:
        inputs.hold(job.upload_id)
    except inputs.Gone:
        return True
    return False


def _made_before(job: Job, name: UUID) -> Job | None:
    made = Job.objects.filter(announcement=name).first()
    # To one that got a new address only letters lead: steps/resend.py.
    if made and (made.again_of_id != job.pk or made.resendings.with_new_address().exists()):
        raise AnnouncedOtherwise
    return made


def _why_not(job: Job) -> str:
    if job.rehearsal_id:
        return _("A rehearsal is repeated on the pipeline's page in the admin.")
    if not job.is_over:
        return _("This job has not ended yet. It can be run again when it has.")
    until = inputs.kept_until(job.upload_id)
    if job.state not in REPEATED or (until and until <= timezone.now()):
        return _gone()
    if job.upload.missing().exists():
        return _("Its files were never sent completely. Please send your files again.")
    return _refusal(job)


def _gone() -> str:
    return _("Its files are deleted, or about to be. Please send your files again.")


def _closed() -> str:
    return _("The page that they were sent by takes no files at the moment.")


def _refusal(job: Job) -> str:
    """Why the pipeline does not take the files any more, as it is today."""
    if not job.pipeline.is_open or job.pipeline.code is None:
        return _closed()
    wrong = problems(declared(job.upload), rules_of(job.pipeline))
    if not wrong:
        return ""
    said = " ".join(shown_name(problem.message) for problem in wrong[:SAID_AT_MOST])
    return _("The page takes other files now than when these were sent. %(why)s") % {"why": said}

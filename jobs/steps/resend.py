"""resend: a letter goes again, perhaps to a corrected address; what somebody else has ends."""

from __future__ import annotations

from django.db import transaction

from jobs import links
from jobs.models import Job, Letter, LostRace, Resending, Transition
from jobs.models.letter import KINDS, TO_COLLABORATORS
from jobs.queue import ring_once
from jobs.results.acts import reissue
from jobs.results.ends import is_kept
from jobs.states import State
from uploads.models import Upload

TRIES = 10
CORRECTED = "The address was corrected."
SENT_AGAIN = "The letter was sent again."
# Before, no letter was written; afterwards there is nothing left to tell of.
NOTHING_TO_SEND = frozenset({State.UPLOADING, State.EXPIRED})


class NothingToSend(Exception):
    """The job is where no letter tells of it."""


def may_resend(job: Job) -> bool:
    """Whether there is a letter that tells where the job stands, and that may go again."""
    if job.is_quiet or State(job.state) in NOTHING_TO_SEND:
        return False
    return job.state != State.DELIVERED or is_kept(job)


def resend(
    job: Job, email: str, *, actor: str, why: str = "", in_wrong_hands: bool = False
) -> None:
    """Send the letter that tells where the job stands to this address, which is the job's now.

    A link to the result ends with it, and a new one is made; `why` stays with both. The links to
    status and confirmation end only if somebody else has them: if the address is another one, or
    they came `in_wrong_hands`. `NothingToSend` if no letter tells of where the job stands.
    """
    for _ in range(TRIES):
        if not may_resend(job):
            raise NothingToSend
        try:
            with transaction.atomic():
                _resend(job, email.lower(), actor, why, in_wrong_hands=in_wrong_hands)
            return
        except LostRace:  # it moved in between; what the person said still holds
            job.refresh_from_db()
    raise LostRace(f"{job.short_id} moves too fast.")


def _resend(job: Job, email: str, actor: str, why: str, *, in_wrong_hands: bool) -> None:
    # So that no job is made of its files for the old address meanwhile: jobs/again/acts.py.
    Upload.objects.select_for_update().get(pk=job.upload_id)
    job.refresh_from_db(fields=["email", "status_sha256"])  # somebody may have been quicker
    old_email, ended = job.email, ""
    fields = {"email": email}
    if in_wrong_hands or email != old_email:
        ended, nonce = job.status_sha256, links.new_nonce()
        sha256 = links.sha256_of(links.token_for(nonce))
        fields |= {"status_nonce": nonce, "status_sha256": sha256}
    job.save_fields(**fields)
    Resending.objects.create(
        job=job, actor=actor, old_email=old_email, new_email=email, ended_sha256=ended
    )
    if job.state == State.DELIVERED:
        usual = SENT_AGAIN if email == old_email else CORRECTED
        reissue(job, actor=actor, why=why or usual)
    _write(job)
    ring_once("send_letters")


def _write(job: Job) -> None:
    """What has not left yet goes to that address, and with it what tells where the job stands."""
    about, kind = _present(job)
    letters = Letter.objects.filter(transition__job=job, kind__in=TO_COLLABORATORS)
    is_written = False
    for letter in letters.filter(sent_at=None, refused_at=None):
        letter.write_anew(job.email)
        is_written |= (letter.transition_id, letter.kind) == (about.pk, kind)
    if not is_written:
        Letter.once_more(about, kind)


def _present(job: Job) -> tuple[Transition, Letter.Kind]:
    """The letter that tells where the job stands; while it is at work, the one of its arrival."""
    state = State(job.state)
    kind = Letter.Kind.CONFIRM if job.awaits_confirmation else KINDS.get(state)
    about = state if kind else State.UPLOADED
    return job.transitions.filter(new=about).latest("at", "id"), kind or Letter.Kind.RECEIVED

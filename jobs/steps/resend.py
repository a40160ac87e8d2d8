"""resend: a letter goes again, perhaps to a corrected address; what somebody else has ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import QuerySet

from jobs import links, reasons
from jobs.models import Job, Letter, LostRace, Resending, Transition
from jobs.models.letter import KINDS, TO_COLLABORATORS
from jobs.queue import ring_once
from jobs.results.acts import reissue, replace_live
from jobs.results.ends import is_kept, is_withdrawn
from jobs.states import State
from uploads.models import Upload

TRIES = 10
# Before, no letter was written; afterwards there is nothing left to tell of.
NOTHING_TO_SEND = frozenset({State.UPLOADING, State.EXPIRED})


class NothingToSend(Exception):
    """The job is where no letter tells of it."""


class ResultWithdrawn(NothingToSend):
    """The link to its result was ended on purpose, and nobody asked for a new one."""


def may_resend(job: Job) -> bool:
    """Whether there is a letter that tells where the job stands, and that may go again."""
    if job.is_quiet or State(job.state) in NOTHING_TO_SEND:
        return False
    return job.state != State.DELIVERED or is_kept(job)


def same_letters(job: Job) -> QuerySet[Job]:
    """The other jobs that run on its files and whose letters go to its address, oldest first."""
    jobs = Job.objects.filter(upload=job.upload_id, email=job.email, is_quiet=False)
    return jobs.exclude(pk=job.pk).order_by("created_at")


@dataclass(frozen=True)
class _Word:
    """What a person said."""

    email: str
    actor: str
    why: str
    in_wrong_hands: bool
    with_new_link: bool


def resend(
    job: Job,
    email: str,
    *,
    actor: str,
    why: str = "",
    in_wrong_hands: bool = False,
    with_new_link: bool = False,
) -> list[Job]:
    """Send the letter that tells where the job stands to this address, which is the job's now.

    A live link to the result ends with it, and a new one is made; `why` stays with both. What was
    withdrawn stays so, and no letter tells of it, unless it is to go `with_new_link`. The links to
    status and confirmation end only if somebody else has them: if the address is another one, or
    they came `in_wrong_hands`. Then the same is done for the other jobs that these lead to, and
    which are returned: a wrong address is wrong for all that run on the same files, and a status
    page leads to its repetitions. `NothingToSend` if no letter tells of where the job stands;
    `ResultWithdrawn` if none does for that reason, and nothing else is to be changed.
    """
    word = _Word(email.lower(), actor, why, in_wrong_hands, with_new_link)
    for _ in range(TRIES):
        if not may_resend(job):
            raise NothingToSend
        try:
            with transaction.atomic():
                return _resend(job, word)
        except LostRace:  # it moved in between; what the person said still holds
            job.refresh_from_db()
    raise LostRace(f"{job.short_id} moves too fast.")


def _resend(job: Job, word: _Word) -> list[Job]:
    # So that no job is made of its files for the old address meanwhile: jobs/again/acts.py.
    Upload.objects.select_for_update().get(pk=job.upload_id)
    job.refresh_from_db(fields=["email", "status_sha256"])  # somebody may have been quicker
    is_correction = word.email != job.email
    ends = is_correction or word.in_wrong_hands
    if not (ends or word.with_new_link) and is_withdrawn(job):
        raise ResultWithdrawn
    others = list(same_letters(job))
    if not is_correction:
        others = _repetitions(job, others) if word.in_wrong_hands else []
    _send_again(job, word, ends=ends)
    for one in others:
        _send_again(one, replace(word, with_new_link=False), ends=ends)
    ring_once("send_letters")
    return others


def _repetitions(job: Job, others: Iterable[Job]) -> list[Job]:
    """Those of the others to which the job's page leads, or a page that it leads to."""
    found = [job]
    for one in others:
        if one.again_of in found:
            found.append(one)
    return found[1:]


def _send_again(job: Job, word: _Word, *, ends: bool) -> None:
    old_email, ended = job.email, ""
    fields = {"email": word.email}
    if ends:
        ended, nonce = job.status_sha256, links.new_nonce()
        sha256 = links.sha256_of(links.token_for(nonce))
        fields |= {"status_nonce": nonce, "status_sha256": sha256}
    job.save_fields(**fields)
    Resending.objects.create(
        job=job, actor=word.actor, old_email=old_email, new_email=word.email, ended_sha256=ended
    )
    tells = may_resend(job)  # of another job nothing may be left to tell
    if tells and job.state == State.DELIVERED:
        usual = reasons.SENT_AGAIN if word.email == old_email else reasons.ADDRESS_CORRECTED
        renew = reissue if word.with_new_link else replace_live
        tells = renew(job, actor=word.actor, why=word.why or usual) is not None
    _write(job, tells=tells)


def _write(job: Job, *, tells: bool) -> None:
    """What has not left yet goes to that address, and with it what tells where the job stands."""
    letters = Letter.objects.filter(transition__job=job, kind__in=TO_COLLABORATORS)
    waiting = list(letters.filter(sent_at=None, refused_at=None))
    for letter in waiting:
        letter.write_anew(job.email)
    if tells:
        about, kind = _present(job)
        if (about.pk, kind) not in [(letter.transition_id, letter.kind) for letter in waiting]:
            Letter.once_more(about, kind)


def _present(job: Job) -> tuple[Transition, Letter.Kind]:
    """The letter that tells where the job stands; while it is at work, the one of its arrival."""
    state = State(job.state)
    kind = Letter.Kind.CONFIRM if job.awaits_confirmation else KINDS.get(state)
    about = state if kind else State.UPLOADED
    return job.transitions.filter(new=about).latest("at", "id"), kind or Letter.Kind.RECEIVED

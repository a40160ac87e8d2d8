"""What is done with links to results; each change is written down with its act.

The only place that changes a link. A link that has ended is never brought back: a new one is made.
Whoever changes several rows takes the job first, then its link, then its letters, as resend does:
else two who come at once would wait for one another, and the database would break one of them off.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import override

from jobs import links, reasons
from jobs.models import Job, Letter, LinkAct, ResultLink
from jobs.results.ends import end_if_handed_over, may_recipient_extend
from jobs.states import State
from jobs.wording import short_moment_text

Kind = LinkAct.Kind


def new_link(
    job: Job, *, expires_at: datetime, actor: str = "freeloader", why: str = ""
) -> ResultLink:
    """A new link to the job's result."""
    nonce = links.new_nonce()
    with transaction.atomic():
        link = ResultLink.objects.create(
            job=job,
            nonce=nonce,
            token_sha256=links.sha256_of(links.token_for(nonce)),
            expires_at=expires_at,
        )
        LinkAct.objects.create(link=link, kind=Kind.MADE, actor=actor, detail=why)
    return link


def hand_over(link: ResultLink, at: datetime) -> bool:
    """Its letter left at `at`: its time begins; False if it had begun, or the link has ended."""
    with transaction.atomic():
        # Held while its end is reckoned: an extension that comes meanwhile must not be lost.
        _kept(link.job_id).update(**_look_again())
        held = _live(link, at).select_for_update().filter(handed_over_at=None).first()
        if held is None:
            return False
        end = end_if_handed_over(held, at)
        _live(link, at).update(handed_over_at=at, expires_at=end)
        _note(link, Kind.HANDED_OVER, "freeloader", _until(end))
        _kept(held.job_id).update(expires_at=end)
    return True


def extend(link: ResultLink, until: datetime, *, actor: str, by_recipient: bool = False) -> bool:
    """Keep a live link, and the files behind it, until then.

    False, and nothing is changed, if it has ended, or would not end later than it does now; for
    its recipient also if that was done before.
    """
    now = timezone.now()
    with transaction.atomic():
        end = Greatest(F("expires_at"), until)
        if not _kept(link.job_id).update(expires_at=end, **_look_again()):
            return False  # its files are gone already
        live = _live(link, now).filter(expires_at__lt=until)
        if by_recipient:
            live = live.filter(extended_at=None)
        if not live.update(expires_at=until, **({"extended_at": now} if by_recipient else {})):
            transaction.set_rollback(True)
            return False
        _note(link, Kind.EXTENDED, actor, _until(until))
        Letter.withdraw_ending(link.job_id)
    return True


def extend_for_recipient(link: ResultLink) -> bool:
    """Keep it as many days longer as the pipeline allows; False if it does not, or not any more."""
    if not may_recipient_extend(link):
        return False
    until = link.expires_at + timedelta(days=link.job.frozen.extension_days)
    return extend(link, until, actor="collaborator", by_recipient=True)


def revoke(link: ResultLink, *, actor: str, why: str = "") -> bool:
    """End a link at once; False if it has ended already."""
    with transaction.atomic():
        live = ResultLink.objects.filter(pk=link.pk, revoked_at=None)
        if not live.update(revoked_at=timezone.now()):
            return False
        _note(link, Kind.REVOKED, actor, why)
        Letter.withdraw_ending(link.job_id)
    return True


def reissue(job: Job, *, actor: str, why: str = "") -> ResultLink:
    """End the job's links and make a new one that lives as long as they would have.

    What their recipient had extended counts as extended by the new one's. No letter is written.
    """
    with transaction.atomic():
        old = list(job.links.all())
        living = [link for link in old if not link.revoked_at]
        for link in living:
            revoke(link, actor=actor, why=f"{reasons.LINK_REPLACED} {why}".strip())
        ends = [link.expires_at for link in living] or [job.expires_at or timezone.now()]
        link = new_link(job, expires_at=max(ends), actor=actor, why=why)
        link.extended_at = max((one.extended_at for one in old if one.extended_at), default=None)
        link.save(update_fields=["extended_at"])
    return link


def replace_live(job: Job, *, actor: str, why: str = "") -> ResultLink | None:
    """Reissue if a link of the job lives; None if not: what was ended on purpose stays ended."""
    with transaction.atomic():
        # Held: else one that is ended at this moment would be followed by a new one all the same.
        live = job.links.filter(revoked_at=None, expires_at__gt=timezone.now())
        return reissue(job, actor=actor, why=why) if list(live.select_for_update()) else None


def count_download(
    link: ResultLink, *, file_number: int | None, actor: str = "collaborator"
) -> bool:
    """Count one download, of one file or of all in one; False if the link is not live any more."""
    with transaction.atomic():
        if not _live(link, timezone.now()).update(downloads=F("downloads") + 1):
            return False
        LinkAct.objects.create(
            link=link, kind=Kind.DOWNLOADED, actor=actor, file_number=file_number
        )
    return True


def was_downloaded(link: ResultLink, *, file_number: int | None, since: datetime) -> bool:
    """That file, or all of them in one, was fetched by this link since then."""
    fetched = link.acts.filter(kind=Kind.DOWNLOADED, at__gte=since)
    return fetched.filter(file_number=file_number).exists()


def _live(link: ResultLink, at: datetime) -> QuerySet[ResultLink]:
    return ResultLink.objects.filter(pk=link.pk, revoked_at=None, expires_at__gt=at)


def _kept(job_id: Any) -> QuerySet[Job]:
    return Job.objects.filter(pk=job_id, state=State.DELIVERED, results_deleted_at=None)


def _look_again() -> dict[str, Any]:
    """For `expire`, which rests until the end that was."""
    return {"due_at": timezone.now(), "rung_at": None}


def _note(link: ResultLink, kind: LinkAct.Kind, actor: str, detail: str) -> None:
    LinkAct.objects.create(link=link, kind=kind, actor=actor, detail=detail)


def _until(end: datetime) -> str:
    with override("en"):  # as the rest of the history; jobs/desk/links.py tells it to readers
        return f"until {short_moment_text(end)}"

"""What is done with links to results; each change is written down with its act.

The only place that changes a link. A link that has ended is never brought back: a new one is made.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from jobs import links
from jobs.models import Job, LinkAct, ResultLink

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


def revoke(link: ResultLink, *, actor: str, why: str = "") -> bool:
    """End a link at once; False if it has ended already."""
    with transaction.atomic():
        live = ResultLink.objects.filter(pk=link.pk, revoked_at=None)
        if not live.update(revoked_at=timezone.now()):
            return False
        LinkAct.objects.create(link=link, kind=Kind.REVOKED, actor=actor, detail=why)
    return True


def reissue(job: Job, *, actor: str, why: str = "") -> ResultLink:
    """End the job's links and make a new one that lives as long as they would have."""
    with transaction.atomic():
        living = list(job.links.filter(revoked_at=None))
        for link in living:
            revoke(link, actor=actor, why=why)
        ends = [link.expires_at for link in living] or [job.expires_at or timezone.now()]
        return new_link(job, expires_at=max(ends), actor=actor, why=why)


def count_download(link: ResultLink, *, file_number: int | None) -> bool:
    """Count one download, of one file or of all in one; False if the link is not live any more."""
    now = timezone.now()
    with transaction.atomic():
        live = ResultLink.objects.filter(pk=link.pk, revoked_at=None, expires_at__gt=now)
        if not live.update(downloads=F("downloads") + 1):
            return False
        LinkAct.objects.create(
            link=link, kind=Kind.DOWNLOADED, actor="collaborator", file_number=file_number
        )
    return True

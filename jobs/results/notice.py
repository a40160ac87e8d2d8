"""The letter before the end of a result: when it is due, and whether it was written."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from jobs.models import Job, Letter, ResultLink
from jobs.queue import ring_once
from jobs.results.ends import last_extended_at
from jobs.states import State

NOTICE = timedelta(days=3)  # of what is kept for less than six days: half of the time


def notice_due(job: Job) -> datetime | None:
    """When the letter has to be written; None if none has to be, or it was written already."""
    if job.is_quiet or job.state != State.DELIVERED or not job.results.exists():
        return None
    link = job.links.filter(revoked_at=None, expires_at__gt=timezone.now()).first()
    if link is None or link.handed_over_at is None:  # nobody has learned of it yet
        return None
    since = max(link.handed_over_at, last_extended_at(job) or link.handed_over_at)
    return None if _is_written(job, since) else _due_at(link, since)


def _due_at(link: ResultLink, since: datetime) -> datetime:
    return link.expires_at - min(NOTICE, (link.expires_at - since) / 2)


def _is_written(job: Job, since: datetime) -> bool:
    """For the end as it is since then; one that still waits to leave tells it as well."""
    about = Letter.objects.filter(kind=Letter.Kind.ENDING, transition__job=job)
    return about.filter(Q(created_at__gte=since) | Q(sent_at=None, refused_at=None)).exists()


def write_notice(job: Job) -> None:
    """Write the letter down if it is due."""
    due_at = notice_due(job)
    delivered = job.transitions.filter(new=State.DELIVERED).last()
    if delivered is None or due_at is None or due_at > timezone.now():
        return
    with transaction.atomic():
        Letter.once_more(delivered, Letter.Kind.ENDING)
        ring_once("send_letters")

"""When a result ends: its time begins with the letter that hands it over.

Until then the end is provisional, so that a mail server that is away costs its recipient nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Sum
from django.utils import timezone

from jobs.models import Job, Letter, LinkAct, ResultLink
from jobs.states import State

MAIL_PATIENCE = timedelta(days=14)  # how long the first letter may take without loss
GRACE = timedelta(minutes=1)  # between a link's end and the deletion: what was granted then counts
LONGEST_KEPT = timedelta(days=365)


def provisional_end(job: Job, made_at: datetime) -> datetime:
    """The end of a result that was made at `made_at` and that no letter has left about."""
    patience = timedelta() if job.is_quiet else MAIL_PATIENCE
    return made_at + result_time(job) + patience


def result_time(job: Job) -> timedelta:
    """How long the pipeline keeps results."""
    return timedelta(days=job.frozen.result_days)


def end_if_handed_over(link: ResultLink, at: datetime) -> datetime:
    """When the link ends if its letter leaves at `at`.

    The time of a job's result begins once; a later link ends when the one before would have, but
    for letters that all came back: they handed nothing over. What somebody extended is never cut
    short. What has ended by then stays so: its files are going.
    """
    if link.revoked_at or link.expires_at <= at or _has_begun(link.job):
        return link.expires_at
    end = at + result_time(link.job)
    return max(end, link.expires_at) if last_extended_at(link.job) else end


def _has_begun(job: Job) -> bool:
    if not job.links.filter(handed_over_at__isnull=False).exists():
        return False
    letters = Letter.objects.filter(transition__job=job, kind=Letter.Kind.DELIVERED)
    left = letters.exclude(sent_at=None)
    return left.filter(bounced_at=None).exists() or not left.exists()


def last_extended_at(job: Job) -> datetime | None:
    """When somebody last had the result kept longer."""
    acts = LinkAct.objects.filter(link__job=job, kind=LinkAct.Kind.EXTENDED).order_by("-at")
    return acts.values_list("at", flat=True).first()


def latest_end(job: Job) -> datetime:
    """Until when people may have the result kept at most."""
    return (job.ended_at or timezone.now()) + LONGEST_KEPT


def is_kept(job: Job) -> bool:
    """Its result is there, and its time is not over."""
    is_there = job.state == State.DELIVERED and not job.results_deleted_at
    return is_there and job.expires_at is not None and job.expires_at > timezone.now()


def is_withdrawn(job: Job) -> bool:
    """Its result is there, but no link to it lives: somebody has ended it on purpose."""
    live = job.links.filter(revoked_at=None, expires_at__gt=timezone.now())
    return is_kept(job) and not live.exists()


def begins_with_letter(link: ResultLink) -> bool:
    """Its time has not begun: the letter about it has still to leave."""
    return link.handed_over_at is None and not link.job.is_quiet


def may_recipient_extend(link: ResultLink) -> bool:
    """Who has the link may have the result kept longer, if the pipeline allows it: once.

    Not before its time has begun, or the wait for the letter would be kept as well.
    """
    is_running = link.is_live and link.handed_over_at is not None
    return is_running and link.extended_at is None and link.job.frozen.extension_days > 0


def packed_files_of(job: Job) -> int | None:
    """How many files the code left, if the node packed them into one; None if it did not."""
    packed = job.results.filter(preview__has_key="packed_files")
    return packed.values_list("preview__packed_files", flat=True).first()


def whole_of(job: Job) -> dict[str, int]:
    """How many files its result has, or had, and how many bytes."""
    return job.results.aggregate(files=Count("id"), size_bytes=Sum("size_bytes", default=0))

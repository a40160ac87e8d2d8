"""The letter a week: one row and one letter for each who wants it, written by the sweep.

A week ends on Monday at 0:00 in the site's time zone, and is told from SEND_FROM on that day. Who
comes later, because the site was down, writes it later; two who come at once write it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from jobs.models import Digest, Letter
from jobs.overview.failures import failures_of, waiting_for_decision
from jobs.overview.figures import Figures, figures_of, total_of
from jobs.overview.scope import Scope
from jobs.overview.wishes import stop_token
from jobs.queue import ring_once
from pipelines.models import Pipeline

SEND_FROM = time(6)
AT_ONCE = 5
NAMED = 5  # reasons of failures
KEPT = (
    "came_in", "delivered", "failed", "rejected", "to_decide", "under_way", "cancelled",
    "given_up", "median_s", "fetched", "never_fetched", "core_seconds", "lost_core_seconds",
)  # fmt: skip


def write_due() -> None:
    """Write what is due and not written yet; some at once, for other work waits for the sweep."""
    ends_at = _last_monday(timezone.now())
    if timezone.now() < _at(ends_at, SEND_FROM):
        return
    for user in _waiting(ends_at)[:AT_ONCE]:
        _write(user, ends_at)


def _last_monday(now: datetime) -> datetime:
    today = timezone.localdate(now)
    return _midnight(today - timedelta(days=today.weekday()))


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _at(monday: datetime, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(monday), clock))


def _waiting(ends_at: datetime) -> Sequence[User]:
    """Who wanted it before the week was told, and has none of this week."""
    has_one = Digest.objects.filter(user=OuterRef("pk"), ends_at=ends_at)
    users = User.objects.filter(
        ~Exists(has_one),
        digest_wish__since__lt=_at(ends_at, SEND_FROM),
        is_active=True,
        is_staff=True,
    ).exclude(email="")
    return list(users.filter(Exists(Pipeline.owners.through.objects.filter(user=OuterRef("pk")))))


def _write(user: User, ends_at: datetime) -> None:
    """Its row, and its letter unless nothing happened; both or none of them."""
    begins_at = _midnight(timezone.localdate(ends_at) - timedelta(days=7))
    figures = week_of(user, begins_at, ends_at)
    try:
        with transaction.atomic():
            digest = Digest.objects.create(
                user=user, begins_at=begins_at, ends_at=ends_at, figures=figures
            )
            if has_news(figures):
                Letter.of_digest(digest, user.email)
                ring_once("send_letters")
    except IntegrityError:  # another worker's sweep was quicker
        return


def week_of(user: User, begins_at: datetime, ends_at: datetime) -> dict[str, Any]:
    """What her letter tells: numbers, titles of pipelines, and why jobs failed; no addresses."""
    pipelines = list(Pipeline.objects.filter(owners=user))
    scope = Scope(pipelines, begins_at, ends_at)
    found = figures_of(scope)
    total = total_of(found.values())
    failures = failures_of(scope)
    return {
        "total": _kept(total),
        "pipelines": [
            {"title": one.title, **_kept(found[one.pk])}
            for one in pipelines
            if found[one.pk].came_in
        ],
        "failures": [
            {"title": one.newest.pipeline.title, "times": one.times, "reason": one.newest.reason}
            for one in sorted(failures, key=lambda one: -one.times)[:NAMED]
        ],
        "more_reasons": max(0, len(failures) - NAMED),
        "waiting": waiting_for_decision(scope).count(),
    }


def _kept(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in KEPT}


def has_news(figures: dict[str, Any]) -> bool:
    """A letter that says “nothing came in” is noise."""
    return bool(figures["total"]["came_in"] or figures["failures"] or figures["waiting"])


# --- what its letter says -------------------------------------------------------------------------


def digest_context(digest: Digest) -> dict[str, Any]:
    """For the templates of the letter."""
    return {
        "digest": digest,
        "figures": digest.figures,
        "last_day": digest.ends_at - timedelta(seconds=1),
        "overview_url": f"{settings.SITE_URL}{reverse('overview')}?span=7",
        "stop_url": stop_url(digest),
    }


def stop_url(digest: Digest) -> str:
    """Where the letter is ended, with one click."""
    return f"{settings.SITE_URL}{reverse('digest-stop', args=[stop_token(digest.user)])}"


def stop_headers(digest: Digest) -> dict[str, str]:
    """By these a mail program offers a button that ends the letter (RFC 2369, RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{stop_url(digest)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }

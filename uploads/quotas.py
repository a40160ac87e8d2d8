"""What may be announced in a day: from one network, under one e-mail address, to the whole site.

Staff decide how much, in rows of `Quota`; rows of `QuotaUse` count. Both are exact, however many
announce at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

MB = 10**6
KEPT = timedelta(days=3)


class Scope(models.TextChoices):
    """Whose announcements are counted together. They are counted in this order, by everybody."""

    SITE = "site", _("the whole site")
    EMAIL = "email", _("one e-mail address")
    NETWORK = "network", _("one network address")


class Quota(models.Model):
    """How much one scope may announce in a day; what is empty is not limited."""

    scope = models.CharField(max_length=10, choices=Scope.choices, unique=True, editable=False)
    max_uploads = models.PositiveIntegerField(
        _("uploads a day"),
        null=True,
        blank=True,
        help_text=_("How many times files may be announced. Empty: no limit."),
    )
    max_mb = models.PositiveIntegerField(
        _("MB a day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "The size of all announced files together; 1,000 MB are 1 GB. Empty: no limit."
        ),
    )
    max_open_jobs = models.PositiveIntegerField(
        _("open jobs at once"),
        null=True,
        blank=True,
        help_text=_("Jobs that have not ended, those that still upload included. Empty: no limit."),
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope=Scope.SITE) | Q(max_open_jobs=None),
                name="open_jobs_are_limited_for_the_whole_site",
            )
        ]

    def __str__(self) -> str:
        """Whose it is."""
        return self.get_scope_display()


# For a site that nobody has set up yet: far above what people do, far below what robots do.
DEFAULTS = {
    Scope.SITE: {"max_uploads": 2_000, "max_mb": 10_000_000, "max_open_jobs": 2_000},
    Scope.EMAIL: {"max_uploads": 100, "max_mb": 1_000_000},
    Scope.NETWORK: {"max_uploads": 200, "max_mb": 1_000_000},
}


class QuotaUse(models.Model):
    """What was announced on one day under one key."""

    scope = models.CharField(max_length=10, choices=Scope.choices)
    key = models.CharField(
        max_length=64, blank=True, help_text=_("A keyed hash of the address, another one each day.")
    )
    day = models.DateField(db_index=True)
    uploads = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-day", "scope"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "key", "day"], name="one_count_a_day")
        ]

    def __str__(self) -> str:
        """Of which day."""
        return f"{self.scope} {self.day}"


@dataclass(eq=False)
class OverQuota(Exception):
    """More than may be: of `uploads`, `bytes` or `open jobs`; `most` is in these units.

    `until` is when it is over; None if no day would be long enough, or nobody can say.
    """

    scope: Scope
    of: str
    most: int
    until: datetime | None = None


def spend(size_bytes: int, *, email: str, network: str, count_open_jobs: Callable[[], int]) -> None:
    """Count an announcement of that size; `OverQuota` if it is too much.

    Within the transaction of the announcement: one that fails has spent nothing. An empty `network`
    is not counted. Rows are locked in the order of `Scope`, so that two never wait for each other.
    """
    # Locked even at midnight, when two announcements count on different days.
    site = Quota.objects.select_for_update().get(scope=Scope.SITE)
    quotas = Quota.objects.in_bulk(field_name="scope")
    if site.max_open_jobs is not None and count_open_jobs() >= site.max_open_jobs:
        raise OverQuota(Scope.SITE, "open jobs", site.max_open_jobs)
    today = timezone.localdate()
    for scope, whose in ((Scope.SITE, ""), (Scope.EMAIL, email), (Scope.NETWORK, network)):
        if whose or scope == Scope.SITE:
            _count(quotas[scope], _key(scope, whose, today), today, size_bytes)


def _key(scope: Scope, whose: str, day: date) -> str:
    """No row tells an address; nor, without the secret key, whether it is one that is guessed."""
    if not whose:
        return ""
    return salted_hmac("uploads.quotas", f"{scope} {day} {whose}", algorithm="sha256").hexdigest()


def _count(quota: Quota, key: str, day: date, size_bytes: int) -> None:
    fits = Q()
    if quota.max_uploads is not None:
        fits &= Q(uploads__lt=quota.max_uploads)
    if quota.max_mb is not None:
        fits &= Q(size_bytes__lte=quota.max_mb * MB - size_bytes)
    use = QuotaUse(scope=quota.scope, key=key, day=day)
    QuotaUse.objects.bulk_create([use], ignore_conflicts=True)
    row = QuotaUse.objects.filter(scope=quota.scope, key=key, day=day)
    more = {"uploads": F("uploads") + 1, "size_bytes": F("size_bytes") + size_bytes}
    if not row.filter(fits).update(**more):
        raise _excess(quota, row.get(), size_bytes)


def _excess(quota: Quota, use: QuotaUse, size_bytes: int) -> OverQuota:
    scope, until = Scope(quota.scope), _next_day(use.day)
    if quota.max_uploads is not None and use.uploads >= quota.max_uploads:
        return OverQuota(scope, "uploads", quota.max_uploads, until if quota.max_uploads else None)
    most = (quota.max_mb or 0) * MB
    return OverQuota(scope, "bytes", most, until if size_bytes <= most else None)


def _next_day(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def forget_old() -> None:
    """Delete the counts of days that are past."""
    QuotaUse.objects.filter(day__lt=timezone.localdate() - KEPT).delete()

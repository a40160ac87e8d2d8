"""How many jobs came in day by day, or month by month, as a small picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate, TruncMonth
from django.utils import timezone
from django.utils.formats import date_format

from jobs.models import Job
from jobs.overview.scope import Scope

DAILY = ("7", "30")
HEIGHT = 60
MOST = 60  # months: five years


@dataclass(frozen=True)
class Bar:
    """One day's, or month's; measured in the picture's own units."""

    label: str
    count: int
    x: int
    height: int

    @property
    def y(self) -> int:
        """Where it begins, from above."""
        return HEIGHT - self.height


@dataclass(frozen=True)
class Bars:
    """All of them, and what is said of them to those who do not see them."""

    bars: list[Bar]
    unit: str
    busiest: Bar
    height: int = HEIGHT

    @property
    def width(self) -> int:
        """In the picture's own units, ten for each bar."""
        return 10 * len(self.bars)


def bars_of(scope: Scope, span: str) -> Bars | None:
    """None where there is nothing to draw, or nothing to compare."""
    is_daily = span in DAILY
    counts = _counts(scope, is_daily=is_daily)
    if not counts:
        return None
    today = timezone.localdate()
    first = timezone.localdate(scope.since) if scope.since else min(counts)
    whens = list(_days(first, today) if is_daily else _months(first, today))[-MOST:]
    most = max(counts.values())
    bars = [
        Bar(
            label=date_format(when, "j M Y" if is_daily else "M Y"),
            count=(count := counts.get(when, 0)),
            x=10 * place,
            height=max(1, round(HEIGHT * count / most)) if count else 0,
        )
        for place, when in enumerate(whens)
    ]
    if len(bars) < 2:
        return None
    busiest = max(bars, key=lambda bar: bar.count)
    return Bars(bars, "day" if is_daily else "month", busiest)


def _counts(scope: Scope, *, is_daily: bool) -> dict[date, int]:
    when = TruncDate("created_at") if is_daily else TruncMonth("created_at")
    jobs = Job.objects.filter(scope.jobs()).order_by()
    rows = jobs.values_list(when).annotate(n=Count("pk"))
    return {at.date() if isinstance(at, datetime) else at: n for at, n in rows}


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _months(first: date, last: date) -> Iterator[date]:
    first = first.replace(day=1)
    while first <= last:
        yield first
        first = (first + timedelta(days=31)).replace(day=1)

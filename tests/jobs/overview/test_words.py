"""Numbers as people read them, and the small picture of how many jobs came in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jobs.models import Job
from jobs.overview.bars import HEIGHT, bars_of
from jobs.overview.scope import Scope, since
from jobs.overview.words import core_hours_text, count_text, duration_text, percent_text
from pipelines.models import Pipeline
from tests.jobs import scenes


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"), (0, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (3569, "59 min"),
        (3571, "1 h 0 min"), (86_369, "23 h 59 min"), (86_371, "1 d 0 h"), (200_000, "2 d 8 h"),
    ],
)  # fmt: skip
def test_durations_have_two_units_and_never_sixty_of_one(seconds: float | None, words: str) -> None:
    assert duration_text(seconds) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "0"), (0.001, "less than 0.01"), (0.25, "0.25"), (2.345, "2.35"), (12.34, "12.3"),
        (123.4, "123"), (12_345.6, "12,346"),
    ],
)  # fmt: skip
def test_core_hours_have_sensible_digits(hours: float, words: str) -> None:
    assert core_hours_text(hours * 3600) == words


def test_what_is_little_is_not_called_nothing() -> None:
    shares = (None, 0, 0.001, 0.5, 1)
    assert [percent_text(share) for share in shares] == ["–", "0 %", "< 1 %", "50 %", "100 %"]
    assert count_text(1_234_567) == "1,234,567"


@pytest.mark.django_db
def test_every_day_has_its_bar_and_the_busiest_is_the_highest(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    scope = Scope([pipeline], since("7"))
    assert bars_of(scope, "7") is None
    jobs = [scenes.announced(pipeline) for _ in range(4)]
    Job.objects.update(created_at=noon)
    Job.objects.filter(pk=jobs[0].pk).update(created_at=noon - timedelta(days=3))
    bars = bars_of(scope, "7")
    assert bars
    assert [bar.count for bar in bars.bars] == [0, 0, 0, 0, 1, 0, 0, 3]
    assert (bars.busiest.count, bars.busiest.height, bars.unit) == (3, HEIGHT, "day")
    assert (bars.bars[4].height, bars.bars[4].y, bars.bars[0].height) == (20, 40, 0)


@pytest.mark.django_db
def test_of_a_long_time_every_month_has_its_bar_also_a_short_one(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in (datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC)):
        job = scenes.announced(pipeline)
        Job.objects.filter(pk=job.pk).update(created_at=at)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 31, tzinfo=UTC))
    bars = bars_of(Scope([pipeline]), "all")
    assert bars
    told = [(bar.label, bar.count) for bar in bars.bars]
    assert told == [("Jan 2026", 1), ("Feb 2026", 0), ("Mar 2026", 1)]

"""A delivered job, its link, and its letters leaving."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.letters.send import send_due_letters
from jobs.models import Job, ResultLink
from jobs.results.acts import hand_over
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.scenes import link_of

EARLIER = timedelta(days=10)


@pytest.fixture
def delivered(pipeline: Pipeline) -> Job:
    """Olga's result is there; its letter has not left."""
    return scenes.delivered(pipeline)


@pytest.fixture
def link(delivered: Job) -> ResultLink:
    """The link to it."""
    return link_of(delivered)


@pytest.fixture
def told(delivered: Job) -> Job:
    """Its letter left ten days ago: four of its fourteen days are left."""
    send_due_letters()
    link_of(delivered).acts.all().delete()
    ResultLink.objects.update(handed_over_at=None)
    hand_over(link_of(delivered), timezone.now() - EARLIER)
    delivered.refresh_from_db()
    return delivered


def ends_of(job: Job) -> tuple[timedelta, timedelta]:
    """In how long the job's newest link ends, and its files, in whole minutes."""
    job.refresh_from_db()
    link = job.links.all()[0]
    assert job.expires_at
    return tuple(_minutes(at - timezone.now()) for at in (link.expires_at, job.expires_at))  # type: ignore[return-value]


def _minutes(time: timedelta) -> timedelta:
    return timedelta(minutes=round(time / timedelta(minutes=1)))

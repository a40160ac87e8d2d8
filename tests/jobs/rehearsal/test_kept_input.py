"""The test input: kept for the next rehearsal, until it is deleted or another was accepted."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.models import Job, Letter
from jobs.rehearsal.rows import NoTestInput, UnderWay, drop_input, kept_input_of
from jobs.rehearsal_page.acts import repeat, stop
from jobs.states import State
from jobs.steps.tidy import tidy
from pipelines.models import Pipeline
from tests.jobs.rehearsal.acting import (
    rehearsal_of,
    rehearsed,
    run,
    second_of,
    sent,
)
from tests.jobs.steps.following import fresh
from tests.jobs.steps.test_tidy import grow_old

pytestmark = pytest.mark.django_db


def test_a_repeated_rehearsal_takes_the_test_input_that_is_kept(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    with pytest.raises(NoTestInput):
        repeat(closed, pi)
    rehearsed(closed, pi, site, store)
    for job in Job.objects.all():
        tasks.expire(str(job.pk))
    grow_old(store, days=30)
    assert [left for left in tidy(store=store) if left.stored.name.startswith("uploads/")] == []
    kept = kept_input_of(closed)
    assert kept
    assert kept.inputs_deleted_at is None
    assert kept.due_at > timezone.now()
    job = repeat(closed, pi)
    before = Letter.objects.count()
    assert job.upload == kept.upload
    run(job, site, store)
    assert Letter.objects.count() == before  # its verdict has one, nothing else


def test_a_test_input_goes_when_it_is_deleted_or_a_newer_one_was_accepted(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    first = rehearsed(closed, pi, site, store)
    stopped = rehearsal_of(repeat(closed, pi))
    with pytest.raises(UnderWay):
        drop_input(closed)
    stop(stopped, pi)
    newer = run(sent(closed, pi, store), site, store)
    assert kept_input_of(closed).upload == newer.upload  # type: ignore[union-attr]
    for job in Job.objects.filter(upload=first.upload):
        tasks.expire(str(job.pk))
    assert list(store.list_objects(f"uploads/{first.upload_id}/")) == []
    assert list(store.list_objects(f"uploads/{newer.upload_id}/")) != []
    run(second_of(newer), site, store, {"a.count": b"3", "new": b""}, preemptions=3)
    drop_input(closed)
    assert kept_input_of(closed) is None
    tasks.expire(str(newer.pk))
    assert list(store.list_objects("uploads/")) == []


def test_a_test_input_on_which_the_code_fails_takes_the_place_of_the_older_one(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    first = rehearsed(closed, pi, site, store)
    newer = sent(closed, pi, store)
    tasks.scan(str(newer.pk))
    fresh(newer).move_to(State.FAILED, "no header in line 1")
    tasks.rehearse()
    for job in Job.objects.all():
        tasks.expire(str(job.pk))
    assert list(store.list_objects(f"uploads/{first.upload_id}/")) == []
    kept = kept_input_of(closed)
    assert kept
    assert kept.upload == newer.upload
    assert list(store.list_objects(f"uploads/{newer.upload_id}/")) != []


def test_a_test_input_that_was_cancelled_is_deleted_as_its_page_says(
    closed: Pipeline, pi: User, store: MemoryStore, site: MemoryCluster
) -> None:
    job = sent(closed, pi, store)
    tasks.scan(str(job.pk))
    stop(rehearsal_of(job), pi)
    tasks.expire(str(job.pk))
    assert list(store.list_objects("uploads/")) == []
    assert kept_input_of(closed) is None

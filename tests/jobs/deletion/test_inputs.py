"""Files on which several jobs run: kept as long as one of them needs them, and no longer."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from backends.memory import MemoryCluster, MemoryStore
from jobs import reasons, tasks
from jobs.again.acts import again
from jobs.models import Job
from jobs.states import State
from jobs.steps.tidy import tidy
from pipelines.models import Pipeline
from tests.jobs.steps.test_tidy import grow_old
from tests.walk import send_all, walk_to
from uploads.models import Upload

pytestmark = pytest.mark.django_db
DAYS = 30


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def expire(*jobs: Job) -> None:
    """A sweep that comes when all of these are due."""
    Job.objects.filter(state__in=[State.DELIVERED, State.EXPIRED, State.CANCELLED]).update(
        due_at=timezone.now()
    )
    for job in jobs:
        tasks.expire(str(job.pk))


def ended_days_ago(job: Job, days: int) -> None:
    Job.objects.filter(pk=job.pk).update(ended_at=timezone.now() - timedelta(days=days))


def is_stored(job: Job, store: MemoryStore) -> bool:
    return bool(list(store.list_objects(f"uploads/{job.upload_id}/")))


@pytest.fixture
def first(pipeline: Pipeline, uploaded_job: Job, site: MemoryCluster) -> Job:
    """Olga's job, delivered; its file is kept for thirty days."""
    pipeline.input_days = DAYS
    pipeline.save()
    Job.objects.update(settings=pipeline.frozen().as_json())
    return walk_to(fresh(uploaded_job), State.DELIVERED)


@pytest.fixture
def second(first: Job) -> Job:
    """The same, run again and under way."""
    return again(fresh(first), name=uuid4())


@pytest.mark.parametrize("state", [State.UPLOADED, State.HELD, State.RUNNING])
def test_a_job_under_way_keeps_the_files_beyond_the_first_ones_time(
    first: Job, second: Job, store: MemoryStore, state: State
) -> None:
    walk_to(second, state)
    ended_days_ago(first, DAYS + 1)
    expire(first)
    assert is_stored(first, store)
    assert fresh(first).inputs_deleted_at is None
    assert fresh(first).due_at > timezone.now()


def test_they_go_when_the_last_one_has_ended_and_all_jobs_say_so(
    first: Job, second: Job, store: MemoryStore
) -> None:
    walk_to(second, State.DELIVERED)
    ended_days_ago(first, DAYS + 1)
    expire(first, second)
    assert is_stored(first, store)
    assert fresh(second).inputs_deleted_at is None
    ended_days_ago(second, DAYS + 1)
    expire(second)
    assert not is_stored(first, store)
    assert fresh(first).inputs_deleted_at == fresh(second).inputs_deleted_at is not None


def test_the_first_ones_time_counts_for_a_repetition_that_keeps_nothing(
    pipeline: Pipeline, first: Job, store: MemoryStore
) -> None:
    Pipeline.objects.update(input_days=0)
    second = walk_to(again(fresh(first), name=uuid4()), State.DELIVERED)
    expire(second)
    assert is_stored(first, store)
    ended_days_ago(first, DAYS + 1)
    expire(second)
    assert not is_stored(first, store)


def test_whoever_cancels_a_repetition_has_the_files_deleted_as_the_page_says(
    client: Client, first: Job, second: Job, store: MemoryStore
) -> None:
    client.post(f"/j/{second.status_token}/cancel")
    expire(second)
    assert not is_stored(first, store)
    assert fresh(first).inputs_deleted_at
    page = client.get(f"/j/{second.status_token}/").content.decode()
    assert "Nothing of it runs any more, and your files are deleted." in page


def test_a_cancel_waits_with_the_files_for_another_job_that_runs_on_them(
    client: Client, first: Job, second: Job, store: MemoryStore
) -> None:
    third = again(fresh(first), name=uuid4())
    client.post(f"/j/{second.status_token}/cancel")
    expire(first, second)
    assert is_stored(first, store)
    page = client.get(f"/j/{second.status_token}/").content.decode()
    assert "when the other job that runs on them has ended" in page
    walk_to(third, State.DELIVERED)
    expire(third)
    assert not is_stored(first, store)


def test_an_upload_that_came_to_no_end_goes_as_its_page_says(
    pipeline: Pipeline, job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    send_all(job, store, [b"hello world"])
    job.settings["input_days"] = DAYS
    job.save_fields(settings=job.settings)
    job.move_to(State.EXPIRED, reasons.UPLOAD_OVER)
    expire(job)
    assert not is_stored(job, store)


def test_neither_late_comers_nor_tidy_take_what_a_living_job_uses(
    first: Job, second: Job, store: MemoryStore, site: MemoryCluster
) -> None:
    ended_days_ago(first, DAYS + 1)
    long_ago = timezone.now() - timedelta(days=DAYS + 1)
    Job.objects.filter(pk=first.pk).update(expires_at=long_ago, signed_until=long_ago)
    expire(first)
    assert fresh(first).state == State.EXPIRED
    expire(first)
    assert fresh(first).cleared_at is None
    grow_old(store, days=DAYS)
    assert list(tidy(store=store)) == []
    assert is_stored(first, store)


def test_a_look_that_still_saw_files_is_repeated_though_another_job_saw_them_gone(
    first: Job, second: Job, store: MemoryStore
) -> None:
    walk_to(second, State.DELIVERED)
    ended_days_ago(first, DAYS + 1)
    ended_days_ago(second, DAYS + 1)
    store.is_late = True  # its listings still show what is deleted
    expire(first)
    assert fresh(first).inputs_deleted_at is None
    store.catch_up()
    expire(second)
    assert fresh(second).inputs_deleted_at
    expire(first)
    assert fresh(first).inputs_deleted_at
    assert not fresh(first).waiting_for


def test_files_that_could_not_be_removed_are_given_to_no_job_and_removed_later(
    first: Job, store: MemoryStore, site: MemoryCluster
) -> None:
    ended_days_ago(first, DAYS + 1)
    store.is_stopped = True
    expire(first)
    assert Upload.objects.get().let_go_at
    assert fresh(first).inputs_deleted_at is None
    store.is_stopped = False
    expire(first)
    assert fresh(first).inputs_deleted_at
    assert not is_stored(first, store)

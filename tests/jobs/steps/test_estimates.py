"""When Slurm expects a waiting job to start: kept in its row, and never a reason to move."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backends.base import Phase
from backends.memory import MemoryCluster
from jobs import tasks
from jobs.following.outcome import hand_in_again
from jobs.models import Job
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from tests.jobs.steps.following import fresh, look
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
STEP = 5 * MINUTE


def test_an_estimate_is_noted_and_is_no_move(pending_job: Job, site: MemoryCluster) -> None:
    start = timezone.now() + 90 * MINUTE
    site.expect(pending_job.key, start)
    noted = look(pending_job)
    assert noted.expected_start_at
    assert timedelta(0) <= noted.expected_start_at - start < STEP
    assert (noted.state, noted.changed_at) == (State.PENDING, pending_job.changed_at)
    assert noted.slurm_reason == "Priority"


def test_an_estimate_that_moves_by_minutes_is_not_written_anew(
    pending_job: Job, site: MemoryCluster, django_assert_max_num_queries: object
) -> None:
    start = timezone.now() + 90 * MINUTE
    site.expect(pending_job.key, start)
    noted = look(pending_job).expected_start_at
    assert noted
    site.expect(pending_job.key, start + 4 * MINUTE)
    with django_assert_max_num_queries(12) as queries:  # type: ignore[operator]
        tasks.track(pending_job.cluster_id)
    assert not [q for q in queries.captured_queries if 'UPDATE "jobs_job"' in q["sql"]]
    assert fresh(pending_job).expected_start_at == noted
    site.expect(pending_job.key, start + 60 * MINUTE)
    assert look(pending_job).expected_start_at == noted + 60 * MINUTE


def test_an_estimate_that_one_look_lacks_stays_until_another_word_comes(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.expect(pending_job.key, timezone.now() + 90 * MINUTE)
    noted = look(pending_job).expected_start_at
    site.expect(pending_job.key, None)
    assert look(pending_job).expected_start_at == noted
    site._show(pending_job.key, Phase.WAITING, "PENDING", reason="PartitionDown")
    assert look(pending_job).expected_start_at is None


def test_what_runs_is_expected_no_more(pending_job: Job, site: MemoryCluster) -> None:
    site.expect(pending_job.key, timezone.now() + 90 * MINUTE)
    look(pending_job)
    site.start(pending_job.key)
    assert look(pending_job).expected_start_at is None
    site.preempt(pending_job.key)
    paused = look(pending_job)
    assert (paused.state, paused.expected_start_at) == (State.PENDING, None)


def test_what_is_handed_in_again_waits_anew(pending_job: Job, site: MemoryCluster) -> None:
    site.expect(pending_job.key, timezone.now() + 90 * MINUTE)
    hand_in_again(look(pending_job), "It was lost.")
    assert fresh(pending_job).expected_start_at is None


def test_estimates_of_many_jobs_are_written_together(
    pipeline: Pipeline, site: MemoryCluster, django_assert_max_num_queries: object
) -> None:
    for _ in range(20):
        job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)])
        walk_to(job, State.CLEAN)
        tasks.submit(str(job.pk))
    tasks.track(pipeline.cluster_id)
    start = timezone.now() + 90 * MINUTE
    for number, made in enumerate(Job.objects.all()):
        site.expect(made.key, start + number * timedelta(seconds=5))
    with django_assert_max_num_queries(12) as queries:  # type: ignore[operator]
        tasks.track(pipeline.cluster_id)
    writes = [q for q in queries.captured_queries if 'UPDATE "jobs_job"' in q["sql"]]
    assert 1 <= len(writes) <= 2
    assert not Job.objects.filter(expected_start_at=None).exists()

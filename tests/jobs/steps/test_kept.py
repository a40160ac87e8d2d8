"""What a job keeps on its cluster beyond one Slurm job goes with the job, however it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.models import Job
from jobs.states import State
from jobs.steps.decide import decide
from tests.jobs.steps.following import fresh, look, run_to_its_end

pytestmark = pytest.mark.django_db


@pytest.fixture
def running_job(pending_job: Job, site: MemoryCluster) -> Job:
    """Olga's job on a node, with a checkpoint."""
    site.start(pending_job.key)
    site.files[pending_job.kept_key] = {"progress.json": b"{}"}
    return look(pending_job)


def delivered(job: Job, site: MemoryCluster, store: MemoryStore) -> None:
    run_to_its_end(job, site, store)
    look(job)
    tasks.deliver(str(job.pk))


def failed(job: Job, site: MemoryCluster, store: MemoryStore) -> None:
    job.move_to(State.FAILED, "It needed too much.")


def cancelled(job: Job, site: MemoryCluster, store: MemoryStore) -> None:
    decide(job, State.CANCELLED, "Never mind.", actor="collaborator")


@pytest.mark.parametrize("way", [delivered, failed, cancelled])
def test_nothing_of_it_stays_on_the_cluster(
    running_job: Job,
    site: MemoryCluster,
    store: MemoryStore,
    way: Callable[[Job, MemoryCluster, MemoryStore], None],
) -> None:
    way(running_job, site, store)
    tasks.expire(str(running_job.pk))
    assert fresh(running_job).scratch_removed_at is not None
    assert site.files == {}


def test_it_stays_as_long_as_anything_of_the_job_runs(
    running_job: Job, site: MemoryCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "cancel", lambda ref: None)  # it takes its time to die
    cancelled(running_job, site, MemoryStore())
    tasks.expire(str(running_job.pk))
    assert running_job.kept_key in site.files
    assert fresh(running_job).scratch_removed_at is None


def test_what_comes_late_goes_too(running_job: Job, site: MemoryCluster) -> None:
    running_job.move_to(State.FAILED, "It needed too much.")
    tasks.expire(str(running_job.pk))
    site.files[running_job.kept_key] = {"progress.json": b"by a run that was cut off"}
    long_ago = timezone.now() - timedelta(days=30)
    Job.objects.update(due_at=timezone.now(), ended_at=long_ago, signed_until=long_ago)
    tasks.expire(str(running_job.pk))
    assert site.files == {}
    assert fresh(running_job).cleared_at is not None


def test_what_is_kept_survives_a_loss(running_job: Job, site: MemoryCluster) -> None:
    running_job.move_to(State.CLEAN, "Lost.", submission=2, slurm_id="")
    site.forget(running_job.earlier_keys[0])
    tasks.submit(str(running_job.pk))
    assert running_job.kept_key in site.files

"""A job whose cluster does not answer any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backends.memory import MemoryCluster
from jobs import tasks
from jobs.models import Job
from jobs.states import State
from pipelines.models import Cluster, Pipeline
from tests.jobs.gone.given_up import expire_now
from tests.jobs.steps.following import fresh
from tests.walk import walk_to


@pytest.fixture
def pending_job(uploaded_job: Job, site: MemoryCluster) -> Job:
    """Olga's job, in Slurm's hands."""
    walk_to(uploaded_job, State.CLEAN)
    tasks.submit(str(uploaded_job.pk))
    return fresh(uploaded_job)


@pytest.fixture
def owing_job(pending_job: Job, site: MemoryCluster) -> Job:
    """Olga has cancelled it; its cluster does not answer, and its page is closed."""
    site.go_down()
    pending_job.move_to(State.CANCELLED, "Olga cancelled it.")
    Job.objects.update(ended_at=timezone.now() - timedelta(days=1))
    Pipeline.objects.update(is_open=False)
    return expire_now(pending_job)


@pytest.fixture
def accepted_job(uploaded_job: Job, site: MemoryCluster) -> Job:
    """Olga's job, accepted while its cluster was closed: it never came there."""
    Cluster.objects.update(is_open=False)
    walk_to(uploaded_job, State.CLEAN)
    tasks.submit(str(uploaded_job.pk))
    site.go_down()
    return fresh(uploaded_job)

"""Jobs at the stations behind the scan."""

from __future__ import annotations

import pytest

from backends.memory import MemoryCluster
from jobs import tasks
from jobs.models import Job
from jobs.states import State
from tests.jobs.steps.following import fresh
from tests.walk import walk_to


@pytest.fixture
def clean_job(uploaded_job: Job, site: MemoryCluster) -> Job:
    """Olga's job, accepted."""
    return walk_to(uploaded_job, State.CLEAN)


@pytest.fixture
def pending_job(clean_job: Job) -> Job:
    """Olga's job, in Slurm's hands."""
    tasks.submit(str(clean_job.pk))
    return fresh(clean_job)

"""Jobs at the stations behind the scan."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.models import Job
from jobs.states import State
from jobs.steps.receive import announce, receive
from pipelines.models import Pipeline
from pipelines.publish import publish_code
from tests.jobs.steps.following import fresh
from tests.jobs.steps.staging import CODE, handed_in
from tests.walk import send_all, walk_to
from uploads.rules import DeclaredFile


@pytest.fixture
def clean_job(uploaded_job: Job, site: MemoryCluster) -> Job:
    """Olga's job, accepted."""
    return walk_to(uploaded_job, State.CLEAN)


@pytest.fixture
def pending_job(clean_job: Job) -> Job:
    """Olga's job, in Slurm's hands."""
    tasks.submit(str(clean_job.pk))
    return fresh(clean_job)


@pytest.fixture
def split_job(pipeline: Pipeline, ada: User, store: MemoryStore, site: MemoryCluster) -> Job:
    """Olga's job is accepted, and split() is in Slurm's hands; at most two workers at a time."""
    publish_code(pipeline, CODE, file_name="split.py", user=ada)
    pipeline.parts_at_once = 2
    pipeline.save()
    job = announce(pipeline, "olga@far.example", [DeclaredFile("letters.txt", 11)])
    send_all(job, store, [b"hello world"])
    receive(job)
    walk_to(job, State.CLEAN)
    return handed_in(job)

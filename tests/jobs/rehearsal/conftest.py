"""A pipeline that is closed, as it is before its first rehearsal."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from backends.memory.scanner import MemoryScanner
from pipelines.models import Pipeline
from tests.jobs.rehearsal.acting import as_pi


@pytest.fixture
def pi(ada: User) -> User:
    """Ada, who may change her pipelines."""
    return as_pi(ada)


@pytest.fixture
def closed(pipeline: Pipeline, scanners: dict[str, MemoryScanner]) -> Pipeline:
    """Ada's pipeline before it was ever opened."""
    pipeline.is_open = False
    pipeline.save()
    return pipeline

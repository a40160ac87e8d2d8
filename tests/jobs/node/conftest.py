"""A store, and jobs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.jobs.node.job_directory import COUNT_WORDS, JobDirectory
from tests.object_server import ObjectServer

NewJob = Callable[..., JobDirectory]


@pytest.fixture
def store() -> Iterator[ObjectServer]:
    with ObjectServer() as server:
        yield server


@pytest.fixture
def new_job(tmp_path: Path, store: ObjectServer) -> Iterator[NewJob]:
    def make(code: str = COUNT_WORDS, inputs: dict[str, bytes] | None = None) -> JobDirectory:
        jobs.append(JobDirectory(tmp_path, store, code, inputs))
        return jobs[-1]

    jobs: list[JobDirectory] = []
    yield make
    for job in jobs:
        job.stop()

"""A store, and jobs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs.node import attempt, compute
from jobs.node import store as node_store
from tests.jobs.node.job_directory import COUNT_WORDS, QUICK, JobDirectory
from tests.jobs.node.split_job import COUNT_IN_PARTS, SplitJob
from tests.object_server import ObjectServer

NewJob = Callable[..., JobDirectory]
NewSplitJob = Callable[..., SplitJob]


@pytest.fixture
def store() -> Iterator[ObjectServer]:
    with ObjectServer() as server:
        yield server


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node's program in this process, as short of patience as QUICK makes it in its own."""
    monkeypatch.setattr(node_store, "PATIENCE_S", float(QUICK["FREELOADER_PATIENCE_S"]))
    for module in (node_store, attempt):
        monkeypatch.setattr(module, "PAUSE_S", float(QUICK["FREELOADER_PAUSE_S"]))
    monkeypatch.setattr(compute, "PROGRESS_S", float(QUICK["FREELOADER_PROGRESS_S"]))
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)


@pytest.fixture
def new_job(tmp_path: Path, store: ObjectServer) -> Iterator[NewJob]:
    def make(code: str = COUNT_WORDS, inputs: dict[str, bytes] | None = None) -> JobDirectory:
        jobs.append(JobDirectory(tmp_path, store, code, inputs))
        return jobs[-1]

    jobs: list[JobDirectory] = []
    yield make
    for job in jobs:
        job.stop()


@pytest.fixture
def new_split_job(tmp_path: Path, store: ObjectServer) -> Iterator[NewSplitJob]:
    def make(code: str = COUNT_IN_PARTS, inputs: dict[str, bytes] | None = None) -> SplitJob:
        jobs.append(SplitJob(tmp_path, store, code, inputs))
        return jobs[-1]

    jobs: list[SplitJob] = []
    yield make
    for job in jobs:
        job.stop()

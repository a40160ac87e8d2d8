"""Code that splits its work, on the real local cluster, by the node's real program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.local import LocalCluster
from backends.memory import MemoryStore
from jobs.manifest import find_manifest
from jobs.models import Stage
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs.steps.in_parts import accepted, followed
from tests.jobs.steps.served_store import served

pytestmark = [pytest.mark.live, pytest.mark.django_db, pytest.mark.timeout(300)]


@pytest.fixture
def local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: MemoryStore
) -> Iterator[LocalCluster]:
    """This machine, as the cluster that the tasks reach."""
    cluster = LocalCluster(tmp_path / "cluster")
    monkeypatch.setattr("jobs.tasks.cluster_port", lambda row: cluster)
    with served(store):
        yield cluster


def test_parts_are_computed_and_merged_into_one_result(
    pipeline: Pipeline, store: MemoryStore, local: LocalCluster
) -> None:
    job = followed(accepted(pipeline, store, [b"one", b"two words", b"now three words"]))

    assert (job.state, job.stage, job.parts) == (State.COMPLETED, Stage.MERGE, 3)
    results = find_manifest(job, store)
    assert results
    assert [result.name for result in results] == ["sum.txt"]
    assert store.read(results[0].pieces[0][0], max_bytes=100) == b"6 of 3"
    assert local.list_files(job.kept_key, "part.") == {"part.0", "part.1", "part.2"}
    told = json.loads(local.read_file(job.kept_key, "parts.json", max_bytes=10_000))
    assert len(told["parts"]) == 3
    assert not any(local.list_files(key, "job.") for key in job.earlier_keys)
    assert {start.submission: start.exit_code for start in job.attempts.all()} == {1: 0, 2: 0, 3: 0}


def test_a_part_that_fails_is_named(
    pipeline: Pipeline, store: MemoryStore, local: LocalCluster
) -> None:
    job = followed(accepted(pipeline, store, [b"one", b"    ", b"now three words"]))
    assert (job.state, job.stage) == (State.FAILED, Stage.PARTS)
    assert "Part 2 of 3" in job.reason
    assert "there is nothing to count" in job.reason
    assert "ValueError" in job.log_tail

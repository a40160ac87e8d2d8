"""Code that splits its work, on the real local cluster, by the node's real program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from backends.local import LocalCluster
from backends.memory import MemoryStore
from jobs import tasks
from jobs.manifest import find_manifest
from jobs.models import Job, Stage
from jobs.states import ENDS, State
from jobs.steps.receive import announce, receive
from pipelines.code import read_code
from pipelines.models import Cluster, Pipeline
from pipelines.publish import publish_code
from tests.jobs.steps.following import fresh
from tests.jobs.steps.served_store import served
from tests.object_server import wait_until
from tests.walk import send_all, walk_to
from uploads.rules import DeclaredFile

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]
COUNT_IN_PARTS = b"""
def split(inputs):
    return inputs

def run(inputs, output):
    for path in inputs:
        words = path.read_text().split()
        if not words:
            raise ValueError("there is nothing to count")
        (output / (path.stem + ".count")).write_text(str(len(words)))

def merge(outputs, output):
    counts = [int(path.read_text()) for folder in outputs for path in folder.iterdir()]
    (output / "sum.txt").write_text(f"{sum(counts)} of {len(counts)}")
"""


@pytest.fixture
def local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: MemoryStore
) -> Iterator[LocalCluster]:
    """This machine, as the cluster that the tasks reach."""
    cluster = LocalCluster(tmp_path / "cluster")
    monkeypatch.setattr("jobs.tasks.cluster_port", lambda row: cluster)
    with served(store):
        yield cluster


def accepted(pipeline: Pipeline, ada: User, store: MemoryStore, contents: list[bytes]) -> Job:
    """Olga's files are in, and were let pass."""
    Cluster.objects.update(kind=Cluster.Kind.LOCAL)
    code = read_code(COUNT_IN_PARTS)
    publish_code(pipeline, code, file_name="count.py", user=ada)
    files = [DeclaredFile(f"{name}.txt", len(data)) for name, data in zip("abc", contents, strict=True)]
    job = announce(pipeline, "olga@far.example", files)
    send_all(job, store, contents)
    receive(job)
    walk_to(job, State.SCANNING)
    for file, data in zip(job.upload.files.all(), contents, strict=True):
        job.upload.files.filter(pk=file.pk).update(sha256=sha256(data).hexdigest())
    return walk_to(job, State.CLEAN)


def followed(job: Job) -> Job:
    """The job at its end, or at the proof of its result, as a worker brings it there."""

    def is_there() -> bool:
        Job.objects.filter(pk=job.pk, state=State.CLEAN).update(due_at=timezone.now())
        tasks.submit(str(job.pk))
        tasks.track(job.cluster_id)
        return fresh(job).state in ENDS | {State.COMPLETED}

    wait_until(is_there, "the end of the job")
    return fresh(job)


def test_parts_are_computed_and_merged_into_one_result(
    pipeline: Pipeline, ada: User, store: MemoryStore, local: LocalCluster
) -> None:
    job = followed(accepted(pipeline, ada, store, [b"one", b"two words", b"now three words"]))

    assert (job.state, job.stage, job.parts) == (State.COMPLETED, Stage.MERGE, 3)
    results = find_manifest(job, store)
    assert results
    assert [result.name for result in results] == ["sum.txt"]
    assert store.read(results[0].pieces[0][0], max_bytes=100) == b"6 of 3"
    assert local.list_files(job.kept_key, "part.") == {"part.0", "part.1", "part.2"}
    told = json.loads(local.read_file(job.kept_key, "parts.json", max_bytes=10_000))
    assert len(told["parts"]) == 3
    assert not any(local.list_files(key, "job.") for key in job.earlier_keys)
    stages = {start.submission: start.exit_code for start in job.attempts.all()}
    assert stages == {1: 0, 2: 0, 3: 0}


def test_a_part_that_fails_is_named(
    pipeline: Pipeline, ada: User, store: MemoryStore, local: LocalCluster
) -> None:
    job = followed(accepted(pipeline, ada, store, [b"one", b"    ", b"now three words"]))
    assert (job.state, job.stage) == (State.FAILED, Stage.PARTS)
    assert "Part 2 of 3" in job.reason
    assert "there is nothing to count" in job.reason
    assert "ValueError" in job.log_tail

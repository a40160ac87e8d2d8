"""A job on a real Swift, by each API, from the first part to the last segment that is deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from backends.base import SignedRequest, Store
from backends.local import LocalCluster
from backends.swift import SwiftStore
from jobs import tasks
from jobs.models import Job, Removal
from jobs.states import State
from jobs.steps.receive import announce, receive
from pipelines.code import read_code
from pipelines.models import Cluster, Pipeline
from pipelines.publish import publish_code
from tests.backends.store_bench import eventually, send
from tests.jobs.steps.in_parts import followed
from tests.live.stores import PART
from tests.walk import walk_to
from uploads import lots
from uploads.rules import DeclaredFile

pytestmark = [
    pytest.mark.live,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]
MIB = 2**20
SENT = [12 * MIB, 5]
MADE = 13 * MIB
SOURCE = f'''"""Makes one large file and one small one."""


def run(inputs, output):
    (output / "large.bin").write_bytes(b"x" * {MADE})
    (output / "table.csv").write_text("a,b\\n1,2\\n")
'''.encode()


@pytest.fixture
def small_pieces(real_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that takes results in pieces of 6 MiB at most."""
    limits = replace(real_store.limits(), max_part_bytes=2**30 + 6 * MIB)
    monkeypatch.setattr(real_store, "limits", lambda: limits)
    return real_store


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this machine keeps job directories, as the cluster that the tasks reach."""
    scratch = tmp_path / "cluster"
    cluster = LocalCluster(scratch)
    monkeypatch.setattr("jobs.tasks.cluster_port", lambda row: cluster)
    return scratch


@pytest.fixture
def sent_job(pipeline: Pipeline, ada: User, small_pieces: Store) -> Job:
    """Olga's large and her small file, let pass; in another tab she had begun to send them, too."""
    Cluster.objects.update(kind=Cluster.Kind.LOCAL)
    pipeline.max_file_mb = pipeline.max_total_mb = 100
    pipeline.save()
    publish_code(pipeline, read_code(SOURCE), file_name="make.py", user=ada)
    files = [DeclaredFile("scan.csv", SENT[0]), DeclaredFile("note.txt", SENT[1])]
    job = announce(pipeline, "olga@far.example", files)
    begin_in_another_tab(job, small_pieces)
    send_as_a_page_does(job, small_pieces)
    receive(job)
    walk_to(job, State.SCANNING)
    for file in job.upload.files.all():
        summed = hashlib.sha256(b"x" * file.size_bytes).hexdigest()
        job.upload.files.filter(pk=file.pk).update(sha256=summed)
    return walk_to(job, State.CLEAN)


def begin_in_another_tab(job: Job, store: Store) -> None:
    name = job.upload.files.get(number=1).object_name
    key = store.begin_parts(name)
    send(store.sign_parts(name, key, [1], expires_s=600)[1], b"x" * PART)


def send_as_a_page_does(job: Job, store: Store) -> None:
    for one in lots.open_files(list(job.upload.files.all()), store=store):
        for number, url in one.urls.items():
            send(SignedRequest("PUT", url), b"x" * one.cut.size_of(number))
    done, _missing = lots.complete_files(list(job.upload.files.all()), store=store)
    assert sorted(done) == [1, 2]


def sweep_once() -> None:
    """One sweep, and what it has rung for."""
    Job.objects.update(rung_at=None)
    OrmQ.objects.all().delete()
    tasks.sweep()
    for ring in OrmQ.objects.all():
        if ring.func() == "jobs.tasks.expire":
            tasks.expire(*ring.task["args"])


def held(account: Callable[[], list[str]], job: Job) -> list[str]:
    """All that Swift holds of the job, objects and segments in whatever container."""
    return [name for name in account() if str(job.pk) in name or str(job.upload_id) in name]


@pytest.mark.parametrize("real_store", ["swift", "s3", "swift in two", "s3 in two"], indirect=True)
def test_after_expiry_and_one_sweep_nothing_is_left_but_the_history(
    sent_job: Job,
    small_pieces: Store,
    scratch: Path,
    account: Callable[[], list[str]],
    client: Client,
) -> None:
    job = followed(sent_job)
    assert job.state == State.COMPLETED, job.reason
    tasks.deliver(str(job.pk))
    large = job.results.get(name="large.bin")
    assert large.object_name == f"results/{job.pk}/whole/{large.number}"
    small_pieces.write(f"results/{job.pk}/preview/99", b"a small picture")
    assert any(scratch.glob("fl-*"))
    before = held(account, job)
    assert len(before) > 10

    sweep_once()  # the job is over: what was sent goes, and the cluster is left
    job.refresh_from_db()
    assert (bool(job.inputs_deleted_at), bool(job.scratch_removed_at)) == (True, True)
    assert not any(scratch.glob("fl-*"))
    sent = job.removals.get(what=Removal.What.INPUTS)
    assert (sent.objects_removed, sent.bytes_removed) == (2, sum(SENT) + PART)
    assert sent.segments_removed == 3 + 1  # of the large file, and of the other tab

    past = timezone.now() - timedelta(days=1)
    Job.objects.update(expires_at=past, due_at=past, signed_until=past, ended_at=past)
    sweep_once()
    # through S3, Swift leaves the segments of objects to its object-expirer
    assert eventually(lambda: held(account, job) == []), held(account, job)
    job.refresh_from_db()
    assert job.state == State.EXPIRED
    made = job.removals.get(what=Removal.What.RESULTS)
    assert made.is_whole
    # Swift joins by naming the pieces, S3 by copying them
    is_native = isinstance(small_pieces.places()[""], SwiftStore)
    assert made.bytes_removed > MADE * (1 if is_native else 2)
    assert not small_pieces.count(f"results/{job.pk}/")

    sweep_once()  # no signed URL is good any more: the last look
    job.refresh_from_db()
    assert job.cleared_at
    assert job.removals.get(what=Removal.What.LATE).is_whole

    assert {file.name for file in job.results.all()} == {"large.bin", "table.csv"}
    assert {file.name for file in job.upload.files.all()} == {"scan.csv", "note.txt"}
    page = client.get(f"/j/{job.status_token}/").content.decode()
    assert "scan.csv" in page

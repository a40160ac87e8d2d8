"""A job whose code splits its work, followed as a worker does, on a cluster that really runs it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from django.utils import timezone

from backends.memory import MemoryStore
from deploy.testbed.site import until
from jobs import tasks
from jobs.models import Job
from jobs.states import ENDS, State
from jobs.steps.receive import announce, receive
from pipelines.code import read_code
from pipelines.models import Cluster, Pipeline
from pipelines.publish import publish_code
from tests.jobs.steps.following import fresh
from tests.walk import send_all, walk_to
from uploads.rules import DeclaredFile

COUNT_IN_PARTS = """
import os, time

def split(inputs):
    return inputs

def run(inputs, output):
    for path in inputs:
        words = path.read_text().split()
        if not words:
            raise ValueError("there is nothing to count")
        while not os.path.exists(GO_FILE):
            time.sleep(0.1)
        (output / (path.stem + ".count")).write_text(str(len(words)))

def merge(outputs, output):
    counts = [int(path.read_text()) for folder in outputs for path in folder.iterdir()]
    (output / "sum.txt").write_text(f"{sum(counts)} of {len(counts)}")

GO_FILE = """


def accepted(
    pipeline: Pipeline, store: MemoryStore, contents: Sequence[bytes], *, go_file: str = "/"
) -> Job:
    """Olga's files are in, and were let pass; each is a part that waits for `go_file`."""
    # Whoever runs the job here is no Slurm whose partition could be judged.
    Cluster.objects.update(kind=Cluster.Kind.LOCAL)
    code = read_code(f"{COUNT_IN_PARTS}{go_file!r}\n".encode())
    publish_code(pipeline, code, file_name="count.py")
    files = [DeclaredFile(f"{n}.txt", len(data)) for n, data in enumerate(contents)]
    job = announce(pipeline, "olga@far.example", files)
    send_all(job, store, contents)
    receive(job)
    walk_to(job, State.SCANNING)
    for file, data in zip(job.upload.files.all(), contents, strict=True):
        job.upload.files.filter(pk=file.pk).update(sha256=sha256(data).hexdigest())
    return walk_to(job, State.CLEAN)


def work_on(job: Job) -> Job:
    """What a worker does for it in one round."""
    Job.objects.filter(pk=job.pk, state=State.CLEAN).update(due_at=timezone.now())
    tasks.submit(str(job.pk))
    tasks.track(job.cluster_id)
    return fresh(job)


def followed(job: Job) -> Job:
    """The job at its end, or at the proof of its result."""
    until(
        lambda: work_on(job).state in ENDS | {State.COMPLETED},
        what="the end of the job",
        seconds=250,
    )
    return fresh(job)

"""Jobs whose results were made in different ways, for the record and the paragraph about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone

from jobs import reasons
from jobs.jobfile import piece_name
from jobs.models import Attempt, Job, ResultFile, Stage
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Cluster, Pipeline
from tests.jobs import scenes
from tests.jobs.scenes import start
from tests.walk import walk_to
from uploads.rules import DeclaredFile

FOUND = scenes.SAVED | {"saved_at": 1_790_000_000, "fraction": 0.5}


def of_files(pipeline: Pipeline, names: Sequence[str]) -> Job:
    """It runs on these files, of which each is three bytes long."""
    job = announce(pipeline, "olga@far.example", [DeclaredFile(name, 3) for name in names])
    job.upload.files.update(completed_at=timezone.now(), sha256="5e" * 32)
    return walk_to(job, State.RUNNING)


def deliver(job: Job, names: Sequence[str] = ("words.csv",), *, restarts: int = 0) -> Job:
    """It ended well and left these files, each of them stored as one object."""
    job.move_to(State.COMPLETED, "", restart_count=restarts)
    ResultFile.objects.bulk_create(
        ResultFile(
            job=job,
            number=number,
            name=name,
            size_bytes=5,
            sha256="ab12cd34" * 8,
            object_name=piece_name(job, restarts, number),
        )
        for number, name in enumerate(names, 1)
    )
    return walk_to(job, State.DELIVERED)


def once(pipeline: Pipeline) -> Job:
    """One file, one start, one result."""
    job = of_files(pipeline, ["letters.txt"])
    start(job, 0, job.changed_at, slurm_state="COMPLETED")
    return deliver(job)


def interrupted(pipeline: Pipeline, **found: Any) -> Job:
    """Two files; it was interrupted twice, and found this when it began again for the last time."""
    job = of_files(pipeline, ["a.csv", "b.csv"])
    for number in (0, 1):
        start(job, number, job.changed_at)
    start(job, 2, job.changed_at, slurm_state="COMPLETED", begun_with=found)
    return deliver(job, restarts=2)


def from_checkpoint(pipeline: Pipeline) -> Job:
    """The code saved its own state."""
    return interrupted(pipeline, **FOUND)


def from_the_beginning(pipeline: Pipeline) -> Job:
    """Nothing was saved."""
    return interrupted(pipeline)


def under_dmtcp(pipeline: Pipeline) -> Job:
    """DMTCP saved the whole process."""
    pipeline.uses_dmtcp = True
    return interrupted(pipeline, kind="dmtcp", generation=7, size_bytes=330_000_000)


def in_parts(pipeline: Pipeline) -> Job:
    """It was split into 64 parts, merged at the end, and its tasks were interrupted."""
    job = scenes.parts(pipeline)
    for row in job.attempts.filter(ended_at=None):
        row.ended_at, row.slurm_state = row.started_at, "COMPLETED"
        row.save(update_fields=["ended_at", "slurm_state"])
    job.move_to(
        State.SUBMITTING, "", stage=Stage.MERGE, submission=3, stage_since=3, restart_count=0
    )
    walk_to(job, State.RUNNING)
    start(job, 0, job.changed_at, slurm_state="COMPLETED")
    return deliver(job)


def without_files(pipeline: Pipeline) -> Job:
    """The work was done, but it left nothing."""
    job = of_files(pipeline, ["letters.txt"])
    start(job, 0, job.changed_at, slurm_state="COMPLETED")
    return deliver(job, names=())


def here(pipeline: Pipeline) -> Job:
    """It ran on the site's own machine."""
    Cluster.objects.update(kind=Cluster.Kind.LOCAL)
    pipeline.refresh_from_db()
    return once(pipeline)


def with_a_gap(pipeline: Pipeline) -> Job:
    """Of its first start nothing is known, but that there was one."""
    job = of_files(pipeline, ["letters.txt"])
    Attempt.objects.create(job=job, number=0, slurm_state="REQUEUED")
    start(job, 1, job.changed_at, slurm_state="COMPLETED")
    return deliver(job, restarts=1)


def lost(pipeline: Pipeline) -> Job:
    """The cluster lost it while it ran, so it was handed in again."""
    job = of_files(pipeline, ["letters.txt"])
    start(job, 0, job.changed_at, slurm_state="LOST")
    job.move_to(State.CLEAN, reasons.LOST, submission=2, stage_since=2)
    walk_to(job, State.RUNNING)
    start(job, 0, job.changed_at, slurm_state="COMPLETED")
    return deliver(job)


def without_starts(pipeline: Pipeline) -> Job:
    """Its starts left no rows."""
    return deliver(of_files(pipeline, ["letters.txt"]))


def hostile(pipeline: Pipeline) -> Job:
    """Names that mean something to HTML, to a path, to a URL, to a terminal; one of them twice."""
    job = scenes.checked(pipeline)
    return deliver(walk_to(job, State.RUNNING), names=HOSTILE)


HOSTILE = (
    scenes.HOSTILE,
    "100 % sure?#part=2.csv",
    "../../etc/passwd",
    "Grüße, Olga.csv",
    "same.txt",
    "same.txt",
    "ro-crate-metadata.json",
    "a&b=c;d.txt",
    "olga\n\x07\x1b[31m.txt",
    ".",
)

Way = Callable[[Pipeline], Job]
WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        once, from_checkpoint, from_the_beginning, under_dmtcp, in_parts, without_files, here,
        with_a_gap, lost, without_starts, hostile,
    )
}  # fmt: skip

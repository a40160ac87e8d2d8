"""A site whose cluster is this machine: ada rehearses code on two files of hers."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from django.contrib.auth.models import User
from django.utils import timezone

from backends.local import LocalCluster
from backends.memory import MemoryStore
from deploy.testbed.site import until
from jobs import tasks
from jobs.models import Job, Rehearsal
from jobs.rehearsal.rows import drop_input
from jobs.rehearsal_page.acts import begin
from jobs.steps.receive import receive
from pipelines.code import read_code
from pipelines.models import Pipeline
from pipelines.publish import publish_code
from tests.jobs.rehearsal.acting import LONG_S, rehearsal_of, work
from tests.walk import send_all
from uploads.rules import DeclaredFile

INPUTS = {"a.txt": b"one two", "b.txt": b"three"}


class Site:
    """Its cluster's scratch, and what research code finds beside it: a home, another's job."""

    def __init__(self, place: Path, store: MemoryStore, *, minute_s: float) -> None:
        self.place, self.store, self.scratch = place, store, place / "scratch"
        self.cluster = LocalCluster(self.scratch, sys.executable, minute_s=minute_s)
        for folder in ("home", "tmp", "scratch/fl-another"):
            (place / folder).mkdir(parents=True)
        (self.scratch / "fl-another" / "job.json").write_text("another's job")

    def rehearse(self, pipeline: Pipeline, user: User, source: bytes) -> Rehearsal:
        """To its verdict."""
        publish_code(pipeline, read_code(source), file_name="code.py")
        files = [DeclaredFile(name, len(data)) for name, data in INPUTS.items()]
        job = begin(pipeline, user, "ada@uni.example", files, None)
        send_all(job, self.store, list(INPUTS.values()))
        receive(job)

        def is_over() -> bool:
            work()
            return rehearsal_of(job).ended_at is not None

        until(is_over, what="the verdict", seconds=LONG_S)
        return rehearsal_of(job)

    def clear_up(self, rehearsal: Rehearsal) -> None:
        """What the worker does when the rehearsal's jobs have ended, and its input is let go."""
        drop_input(rehearsal.pipeline)

        def is_clear() -> bool:
            rehearsal.jobs.update(due_at=timezone.now(), rung_at=None)
            for job in rehearsal.jobs.all():
                tasks.expire(str(job.pk))
            return not rehearsal.jobs.filter(scratch_removed_at=None).exists()

        until(is_clear, what="the end of its directories")

    def processes(self) -> set[int]:
        """Those that were started for jobs of this cluster, by what they inherited."""
        mark = f"FREELOADER_JOB={self.scratch}".encode()
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # another's, or ended meanwhile
                if mark in (folder / "environ").read_bytes():
                    found.add(int(folder.name))
        return found

    def directories(self) -> set[str]:
        """What is in the cluster's scratch, but for its own notes."""
        return {path.name for path in self.scratch.iterdir()} - {".freeloader"}

    def elsewhere(self) -> dict[str, str]:
        """All files but those of the cluster's notes and of the jobs' own directories."""
        own = [self.scratch / name for job in Job.objects.all() for name in _directories_of(job)]
        own.append(self.scratch / ".freeloader")
        paths = [path for path in self.place.rglob("*") if path.is_file()]
        others = [path for path in paths if not any(each in path.parents for each in own)]
        return {str(path.relative_to(self.place)): path.read_text() for path in others}


def _directories_of(job: Job) -> tuple[str, ...]:
    return (*job.earlier_keys, job.key, job.kept_key)

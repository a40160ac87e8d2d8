"""A job whose code splits its work, taken from stage to stage on a cluster in memory."""

from __future__ import annotations

import hashlib
import json

from django.utils import timezone

from backends.base import JobRef, Phase
from backends.memory import MemoryCluster
from jobs import tasks
from jobs.models import Job
from pipelines.code import Code
from tests.jobs.steps.following import fresh, look

SOURCE = """
def split(inputs):
    return inputs

def run(inputs, output):
    pass

def merge(outputs, output):
    pass
"""
CODE = Code(SOURCE, hashlib.sha256(SOURCE.encode()).hexdigest(), "", frozenset())


def handed_in(job: Job) -> Job:
    """The worker's next try to hand it in, as if its pause were over."""
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    tasks.submit(str(job.pk))
    return fresh(job)


def keep(job: Job, site: MemoryCluster, **files: bytes) -> None:
    """The node leaves these in the kept directory."""
    names = {name.replace("__", "."): data for name, data in files.items()}
    site.files.setdefault(job.kept_key, {}).update(names)


def list_parts(job: Job, site: MemoryCluster, count: int) -> None:
    parts = {"version": 1, "parts": [["inputs/letters.txt"]] * count}
    keep(job, site, parts__json=json.dumps(parts).encode())


def do_parts(job: Job, site: MemoryCluster, *numbers: int) -> None:
    keep(job, site, **{f"part__{number}": b"" for number in numbers})


def split_done(job: Job, site: MemoryCluster, count: int = 3) -> Job:
    """split() has run and made so many parts; the array is in Slurm's hands."""
    site.start(job.key)
    list_parts(job, site, count)
    site.finish(job.key)
    return handed_in(look(job))


def parts_done(job: Job, site: MemoryCluster, count: int = 3) -> Job:
    """All parts are done, and merge() is in Slurm's hands."""
    site.start(job.key)
    do_parts(job, site, *range(count))
    site.finish(job.key)
    return handed_in(look(job))


def phase(key: str, site: MemoryCluster) -> Phase:
    return site.observe([JobRef(key, "")])[key].phase


def told(job: Job, site: MemoryCluster) -> dict[str, object]:
    content: dict[str, object] = json.loads(site.files[job.key]["job.json"])
    return content

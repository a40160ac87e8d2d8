"""What the tests of the later steps do again and again."""

from __future__ import annotations

from collections.abc import Mapping

from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.models import Job
from tests.walk import play_node


def fresh(job: Job) -> Job:
    """The job as its row says now."""
    return Job.objects.get(pk=job.pk)


def look(job: Job) -> Job:
    """One poll of the job's cluster."""
    tasks.track(job.cluster_id)
    return fresh(job)


COUNT = {"a.count": b"2"}


def run_to_its_end(
    job: Job,
    site: MemoryCluster,
    store: MemoryStore,
    attempt: int = 0,
    files: Mapping[str, bytes] = COUNT,
    notes: Mapping[str, object] | None = None,
) -> None:
    """The node does its work and Slurm says COMPLETED."""
    play_node(store, site.files[job.key]["job.json"], attempt, files, notes)
    site.finish(job.key)

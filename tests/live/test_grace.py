"""The trap up to Slurm 23.11: what ends by itself while it is preempted is not started again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.base import JobRef, Phase, Resources, Submission
from backends.slurm import SlurmCluster
from deploy.testbed.control import node_taken
from deploy.testbed.site import until
from deploy.testbed.slurm_config import GRACE
from tests.backends.cluster_beds import SlurmBed
from tests.jobs.node.job_directory import JobDirectory
from tests.object_server import ObjectServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
# Its own end comes within the grace time of a preemption: it is told when that has begun.
FAILS_ONCE = """
    import os, time
    from pathlib import Path

    def run(inputs, output):
        if os.environ.get("SLURM_RESTART_COUNT", "0") == "0":
            while not Path("TOLD_FILE").exists():
                time.sleep(0.1)
            raise ValueError("the world went away")
        (output / "a.count").write_text("3")
"""


@pytest.fixture
def store() -> Iterator[ObjectServer]:
    with ObjectServer() as server:
        yield server


@pytest.fixture
def slurm_bed(slurm_bed: SlurmBed) -> SlurmBed:
    """Where a preempted job has a while left."""
    slurm_bed.cluster = SlurmCluster(slurm_bed.site(partition=GRACE))
    return slurm_bed


def test_code_that_fails_while_it_is_preempted_runs_again(
    slurm_bed: SlurmBed, store: ObjectServer, tmp_path: Path
) -> None:
    told = slurm_bed.folder_for_all("grace") / "preempted"
    directory = JobDirectory(tmp_path, store, FAILS_ONCE.replace("TOLD_FILE", str(told)))
    names = ("job.sh", "run.pyz", "pipeline.py", "job.json")
    key = slurm_bed.submission().key
    files = {name: (directory.path / name).read_bytes() for name in names}
    slurm_id = slurm_bed.cluster.submit(Submission(key, Resources(1, 100, 10), files))
    job = JobRef(key, slurm_id)
    running = slurm_bed.watch(job, lambda seen: seen.phase is Phase.RUNNING)
    with node_taken(running.node):
        until(lambda: is_being_preempted(slurm_bed, slurm_id), what="the preemption")
        told.touch()
        slurm_bed.watch(job, lambda seen: seen.restart_count > 0)
    assert slurm_bed.watch_end(job).phase is Phase.COMPLETED
    until(lambda: "out/1/manifest.json" in store.objects, what="the second run's manifest")


def is_being_preempted(bed: SlurmBed, slurm_id: str) -> bool:
    """Whether its grace time has begun; or it is over already, on a machine that stood still."""
    told = bed.slurm("scontrol", "-o", "show", "job", slurm_id)
    return "PreemptTime=None" not in told or "Restarts=0" not in told

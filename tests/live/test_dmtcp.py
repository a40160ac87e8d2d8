"""A job under DMTCP on a real Slurm, preempted; by stand-ins, and by the real one where it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.base import JobRef, Observation, Phase, Resources, Submission
from deploy.testbed.control import node_taken
from tests.backends.cluster_beds import SlurmBed
from tests.jobs.node.dmtcp_job import STAND_IN, UNITS, WHOLE, DmtcpJob
from tests.jobs.node.job_directory import JobDirectory
from tests.object_server import ObjectServer, wait_until
from tests.parts import lacks

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
# The same for the real DMTCP, which needs no help of the code.
UNAWARE = """
    import time
    from pathlib import Path

    HERE = Path(__HERE__)

    def run(inputs, output):
        with (output / "units.txt").open("w") as units:
            for number in range(10):
                while number >= int((HERE / "allowed").read_text()):
                    time.sleep(0.01)
                units.write("unit %d\\n" % number)
                units.flush()
                with (HERE / "computed").open("a") as computed:
                    computed.write("%d\\n" % number)
"""
FILES = ("job.sh", "run.pyz", "pipeline.py", "job.json")


@pytest.fixture
def store() -> Iterator[ObjectServer]:
    with ObjectServer() as server:
        yield server


class OnSlurm:
    """A job of ten units, handed in; its kept directory is seen from here."""

    def __init__(self, bed: SlurmBed, job: DmtcpJob, bin_folder: Path | str) -> None:
        self.bed, self.job = bed, job
        key = bed.submission().key
        bed.keys.append(f"{key}.kept")
        job.home = job.folder.parent.parent / f"{key}.kept" / "dmtcp"
        job.tell(folder=bin_folder, interval_s=1, kept=f"../{key}.kept")
        job.allow(0)
        files = {name: (job.job.path / name).read_bytes() for name in FILES}
        slurm_id = bed.cluster.submit(Submission(key, Resources(1, 100, 10), files))
        self.ref = JobRef(key, slurm_id)

    def runs(self, attempt: int) -> Observation:
        """Wait until this start of it runs."""
        return self.bed.watch(
            self.ref, lambda seen: seen.restart_count == attempt and seen.phase is Phase.RUNNING
        )

    def preempt_after(self, units: int, attempt: int) -> None:
        """Let it compute so many, and be saved since; then somebody needs its node."""
        running = self.runs(attempt)
        self.job.allow(units)
        self.job.wait_for_unit(units - 1)
        before = set(self.job.generations())  # one of them may be older than the units
        wait_until(lambda: len(set(self.job.generations()) - before) >= 2, "a later checkpoint")
        with node_taken(running.node):
            self.bed.watch(self.ref, lambda seen: seen.restart_count > attempt)


def preempted_twice(bed: SlurmBed, job: DmtcpJob, bin_folder: Path | str) -> None:
    on_slurm = OnSlurm(bed, job, bin_folder)
    on_slurm.preempt_after(4, 0)
    on_slurm.preempt_after(7, 1)
    on_slurm.runs(2)  # Slurm counts the restart while the start before still ends
    job.allow(10)

    assert bed.watch_end(on_slurm.ref).phase is Phase.COMPLETED

    assert job.computed() == list(range(10))
    assert job.job.results(2) == {"units.txt": WHOLE}


def new_job(bed: SlurmBed, store: ObjectServer, path: Path, code: str) -> DmtcpJob:
    here = bed.folder_for_all("dmtcp")
    job = DmtcpJob(lambda text: JobDirectory(path, store, text), here / "test", code)
    job.folder.chmod(0o777)
    return job


def test_a_job_that_is_preempted_twice_computes_nothing_twice(
    slurm_bed: SlurmBed, store: ObjectServer, tmp_path: Path
) -> None:
    job = new_job(slurm_bed, store, tmp_path, UNITS)
    # Bytecode is being written there by tests beside this one, under names that are soon gone.
    without = shutil.ignore_patterns("__pycache__")
    stand_in = shutil.copytree(STAND_IN, job.folder / "bin", ignore=without)

    preempted_twice(slurm_bed, job, stand_in)


def test_the_real_dmtcp_does_the_same(
    slurm_bed: SlurmBed, store: ObjectServer, tmp_path: Path
) -> None:
    if not shutil.which("dmtcp_launch"):
        where = "build it from https://github.com/dmtcp/dmtcp, with its programs in PATH"
        lacks("DMTCP", where, is_packaged=False)
    job = new_job(slurm_bed, store, tmp_path, UNAWARE)

    preempted_twice(slurm_bed, job, str(Path(shutil.which("dmtcp_launch") or "").parent))

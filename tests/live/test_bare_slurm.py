"""A cluster without accounting, whose slurmctld loses its memory, and whose nodes die."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.base import JobRef, Phase, Resources, Submission
from backends.slurm import SlurmCluster
from deploy.testbed import Bed, find_bed, load
from deploy.testbed.control import kill, slurm, start, takes_jobs
from deploy.testbed.parts import all_parts
from deploy.testbed.site import until
from tests.backends.cluster_beds import SlurmBed
from tests.jobs.node.job_directory import JobDirectory
from tests.object_server import ObjectServer
from tests.parts import need

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
# The first run sleeps for much longer than the second one takes.
SLEEPS_ONCE = """
    import os, time

    def run(inputs, output):
        if os.environ.get("SLURM_RESTART_COUNT", "0") == "0":
            time.sleep(600)
        (output / "a.count").write_text("3")
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A test bed of its own: Slurm without slurmdbd, and the door to it."""
    need("slurm", "sshd")  # who cannot run those cannot run these
    port = find_bed().base_port + 800  # none of the two test beds that `make test` brings up
    bed = Bed(Path("/var/tmp") / f"freeloader-bare-{port}", port)
    shutil.rmtree(bed.state, ignore_errors=True)
    bed.make_folders()
    parts = [all_parts(bed, accounting=False)[name] for name in ("slurm", "sshd")]
    try:
        for part in parts:
            part.up()
        yield bed
    finally:
        for part in parts:
            part.down()
        shutil.rmtree(bed.state, ignore_errors=True)


@pytest.fixture
def slurm_bed(bare: Bed) -> Iterator[SlurmBed]:
    up = load(bare)
    assert up.slurm is not None
    assert up.sshd is not None
    bed = SlurmBed(up.slurm, up.sshd)
    yield bed
    bed.close()


def wipe_memory(bed: Bed) -> None:
    """slurmctld dies and its state with it: ids begin anew, nobody knows the old jobs."""
    kill("slurmctld", bed)
    state = bed.folder("slurm") / "state"
    shutil.rmtree(state)
    state.mkdir(mode=0o755)
    start("slurmctld", bed)
    until(lambda: takes_jobs(bed), what="a node for a job")


def test_an_end_that_slurm_has_forgotten_is_told_by_the_run_itself(
    slurm_bed: SlurmBed, bare: Bed
) -> None:
    job = slurm_bed.started()
    slurm_bed.finish(job, exit_code=3)
    assert slurm_bed.watch_end(job).phase is Phase.FAILED
    wipe_memory(bare)
    told = slurm_bed.watch_end(job)
    assert (told.phase, told.exit_code) == (Phase.FAILED, 3)


def test_another_job_that_was_given_the_same_id_is_not_taken_for_it(
    slurm_bed: SlurmBed, bare: Bed
) -> None:
    wipe_memory(bare)
    old = slurm_bed.started()
    wipe_memory(bare)
    new = slurm_bed.started()
    assert old.slurm_id == new.slurm_id
    seen = slurm_bed.cluster.observe([old, new])
    assert seen[old.key].phase is Phase.GONE
    assert seen[new.key].phase is Phase.RUNNING
    slurm_bed.cluster.cancel(old)
    assert slurm_bed.cluster.observe([new])[new.key].phase is Phase.RUNNING


def test_a_run_on_a_lost_node_gives_way_to_the_next_one(
    slurm_bed: SlurmBed, bare: Bed, tmp_path: Path
) -> None:
    with ObjectServer() as store:
        directory = JobDirectory(tmp_path, store, SLEEPS_ONCE)
        names = ("job.sh", "run.pyz", "pipeline.py", "job.json")
        key = slurm_bed.submission().key
        files = {name: (directory.path / name).read_bytes() for name in names}
        job = JobRef(key, SlurmCluster(slurm_bed.site()).submit(
            Submission(key, Resources(1, 100, 30), files)
        ))  # fmt: skip
        node = slurm_bed.watch(job, lambda seen: seen.phase is Phase.RUNNING).node
        until(lambda: runs_of(key) == 1, what="the first run")
        kill(f"slurmd-{node}", bare)  # the run itself lives on, and nobody watches it
        # As slurmctld does after SlurmdTimeout; a short one would find other nodes dead, too,
        # where a machine stands still for a while.
        slurm("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=killed", bed=bare)
        try:
            slurm_bed.watch(job, lambda seen: seen.restart_count == 1)
            assert slurm_bed.watch_end(job).phase is Phase.COMPLETED
            until(lambda: runs_of(key) == 0, what="the old run's end")
        finally:
            start(f"slurmd-{node}", bare)
        stored = [name for name in store.puts if name.startswith("out/")]
    assert stored == ["out/1/0", "out/1/manifest.json"]


def runs_of(key: str) -> int:
    """How many programs of this job's are alive on this machine."""
    alive = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            alive += words[1:2] == [b"run.pyz"] and (folder / "cwd").readlink().name == key
        except OSError:
            continue
    return alive

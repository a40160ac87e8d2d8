"""DMTCP, by stand-ins of its programs: what a start goes on from, and what it bears."""

from __future__ import annotations

import json
import os
import shutil
import signal
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.jobs.node.conftest import NewJob
from tests.jobs.node.dmtcp_job import STAND_IN, UNITS, WHOLE, DmtcpJob, kill, terminate
from tests.jobs.node.job_directory import JobDirectory
from tests.object_server import DEADLINE_S, ObjectServer, wait_until

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live

NO_BYTECODE = shutil.ignore_patterns("__pycache__")  # tests beside this one write and rename there


@pytest.fixture
def job(new_job: NewJob, tmp_path: Path) -> Iterator[DmtcpJob]:
    made = DmtcpJob(new_job, tmp_path / "test")
    yield made
    made.hold.unlink(missing_ok=True)
    made.allow(10)


def test_an_undisturbed_job_ends_with_its_results(job: DmtcpJob) -> None:
    assert job.run(0) == 0

    assert job.job.results() == {"units.txt": WHOLE}
    assert job.begun_with(0) == {}
    assert not list(job.job.path.glob("attempt.*"))


def test_a_preempted_job_goes_on_from_its_last_checkpoint(job: DmtcpJob) -> None:
    job.preempt_after(4, 0)

    assert job.run(1) == 0

    assert job.computed() == list(range(10))
    assert job.job.results(1) == {"units.txt": WHOLE}


def test_each_start_tells_what_it_began_with(job: DmtcpJob) -> None:
    job.preempt_after(4, 0)
    size = job.images(1).stat().st_size
    job.run(1)

    told = job.begun_with(1)

    assert (told["kind"], told["generation"], told["size_bytes"]) == ("dmtcp", 1, size)
    assert job.begun_with(0) == {}
    assert told["saved_at"] > 0
    assert "set_aside" not in told


def test_a_start_that_is_stopped_tells_of_its_last_checkpoint(job: DmtcpJob) -> None:
    job.preempt_after(4, 0)
    note = json.loads((job.job.path / "begin.0.json").read_text())

    assert (note["kept"]["kind"], note["kept"]["generation"]) == ("dmtcp", 1)
    job.run(1)
    assert job.begun_with(1) == note["kept"]


def test_many_preemptions_in_a_row_compute_nothing_twice(job: DmtcpJob) -> None:
    for attempt in range(5):
        job.preempt_after(2 * attempt + 1, attempt)
    assert job.generations() == ["gen.4", "gen.5"]

    assert job.run(5) == 0

    assert job.computed() == list(range(10))
    assert job.job.results(5) == {"units.txt": WHOLE}


def test_a_kill_without_a_warning_costs_what_was_done_since_the_last_checkpoint(
    job: DmtcpJob,
) -> None:
    job.tell(interval_s=0.05)
    job.allow(4)
    process = job.start(0)
    job.wait_for_unit(3)
    before = job.generations()
    wait_until(lambda: len(set(job.generations()) - set(before)) == 2, "a later checkpoint")
    kill(process)
    job.allow(10)

    assert job.run(1) == 0

    assert job.computed() == list(range(10))
    assert job.job.results(1) == {"units.txt": WHOLE}


def test_output_that_was_written_after_the_checkpoint_is_written_once(job: DmtcpJob) -> None:
    job.preempt_after(4, 0)
    job.allow(7)
    process = job.start(1)
    job.wait_for_unit(6)
    kill(process)
    job.allow(10)

    assert job.run(2) == 0

    assert job.computed() == [*range(7), *range(4, 10)]
    assert job.job.results(2) == {"units.txt": WHOLE}


def truncate(image: Path) -> None:
    os.truncate(image, image.stat().st_size - 2000)


def halve(image: Path) -> None:
    os.truncate(image, (image.stat().st_size - 4000) // 2)


def garble(image: Path) -> None:
    data = bytearray(image.read_bytes())
    data[len(data) // 3] ^= 255
    image.write_bytes(bytes(data))


def empty(image: Path) -> None:
    image.write_bytes(b"")


Damage = Callable[[Path], None]


@pytest.mark.parametrize("damage", [truncate, garble, Path.unlink])
def test_of_a_damaged_newest_generation_the_one_before_is_used(
    job: DmtcpJob, damage: Damage
) -> None:
    job.preempt_after(3, 0)
    job.preempt_after(6, 1)
    damage(job.images(2))

    assert job.run(2) == 0

    assert job.begun_with(2)["generation"] == 1
    assert job.begun_with(2)["set_aside"][0].startswith("generation 2: it")
    assert job.computed() == [*range(6), *range(3, 10)]
    assert job.job.results(2) == {"units.txt": WHOLE}


@pytest.mark.parametrize(("damage", "code"), [(empty, 99), (halve, -11)])
def test_what_dmtcp_cannot_restart_is_set_aside(job: DmtcpJob, damage: Damage, code: int) -> None:
    job.preempt_after(3, 0)
    job.preempt_after(6, 1)
    damage(job.images(2))
    job.resum(2)

    assert job.run(2) == 0

    words = f"generation 2: DMTCP cannot restart it (exit code {code})"
    assert job.begun_with(2)["set_aside"] == [words]
    assert job.begun_with(2)["generation"] == 1
    assert job.job.results(2) == {"units.txt": WHOLE}


def test_with_no_good_generation_left_it_begins_anew(job: DmtcpJob) -> None:
    job.preempt_after(3, 0)
    job.preempt_after(6, 1)
    garble(job.images(1))
    truncate(job.images(2))
    (job.home / "work" / "output" / "stray.txt").write_text("of the runs before")

    assert job.run(2) == 0

    assert job.begun_with(2)["generation"] == 0
    assert len(job.begun_with(2)["set_aside"]) == 2
    assert job.job.results(2) == {"units.txt": WHOLE}


def test_a_rehearsals_kill_costs_what_was_done_since_the_last_checkpoint(job: DmtcpJob) -> None:
    job.preempt_after(4, 0)
    job.tell(interrupt_after_s=[9, 0.5])
    job.allow(6)

    assert job.run(1) == -signal.SIGKILL

    job.allow(10)
    assert job.run(2) == 0
    assert job.begun_with(2)["generation"] == 1
    assert job.job.results(2) == {"units.txt": WHOLE}


def test_a_kill_in_the_middle_of_a_checkpoint_leaves_the_one_before(job: DmtcpJob) -> None:
    job.preempt_after(3, 0)
    job.hold.touch()
    job.tell(interval_s=0.05)
    job.allow(6)
    process = job.start(1)  # its checkpoint, which ends never, may well begin before its next unit
    wait_until(lambda: bool(list(job.home.glob("cur.*/*.temp"))), "half a checkpoint")
    kill(process)
    job.hold.unlink()
    job.tell()
    job.allow(10)

    assert job.run(2) == 0

    assert job.begun_with(2)["generation"] == 1
    assert job.job.results(2) == {"units.txt": WHOLE}
    assert not list(job.home.glob("cur.*"))


def test_a_generation_that_a_kill_left_half_made_is_not_used(job: DmtcpJob) -> None:
    job.preempt_after(3, 0)
    job.preempt_after(6, 1)
    (job.home / "gen.2").rename(job.home / "new.2")

    assert job.run(2) == 0

    assert job.begun_with(2)["generation"] == 1
    assert not list(job.home.glob("new.*"))


def test_a_checkpoint_that_is_too_slow_for_sigterm_is_given_up(job: DmtcpJob) -> None:
    job.preempt_after(3, 0)
    job.hold.touch()
    job.allow(6)
    process = job.start(1, FREELOADER_KILL_WAIT_S="3")
    job.wait_for_unit(5)

    assert terminate(process) == 128 + signal.SIGTERM

    job.hold.unlink()
    job.allow(10)
    assert job.run(2) == 0
    assert job.begun_with(2)["generation"] == 1
    assert job.job.results(2) == {"units.txt": WHOLE}


def test_a_checkpoint_that_is_being_made_when_sigterm_comes_is_the_last(job: DmtcpJob) -> None:
    job.hold.touch()
    job.tell(interval_s=0.05)
    job.allow(6)
    process = job.start(0)
    wait_until(lambda: bool(list(job.home.glob("cur.*/*.temp"))), "half a checkpoint")
    os.killpg(process.pid, signal.SIGTERM)
    note = job.job.path / "begin.0.json"
    wait_until(lambda: "stopped_at" in note.read_text(), "its word of the stop")
    job.hold.unlink()

    assert process.wait(timeout=DEADLINE_S) == 128 + signal.SIGTERM

    assert job.generations() == ["gen.1"]


def test_a_start_that_is_stopped_while_it_reports_is_saved_all_the_same(
    job: DmtcpJob, store: ObjectServer
) -> None:
    job.preempt_after(3, 0)
    store.held.add("progress")
    job.allow(6)
    process = job.start(1)
    job.wait_for_unit(5)

    assert terminate(process) == 128 + signal.SIGTERM

    assert job.generations() == ["gen.1", "gen.2"]


def test_the_codes_own_exit_code_is_told(new_job: NewJob, tmp_path: Path) -> None:
    job = DmtcpJob(new_job, tmp_path / "test", "import os\ndef run(inputs, output): os._exit(3)")

    assert job.run(0) == 70

    assert "exit code 3" in job.job.end()["message"]


def test_code_that_is_ended_through_its_coordinator_is_no_success(
    new_job: NewJob, tmp_path: Path
) -> None:
    ask = 'subprocess.run(ASK + [os.environ["STAND_IN_PORT"], "--kill"])'
    code = UNITS.replace("progress(number / 10)", f"number < 5 or {ask}")
    argv = [str(STAND_IN / "dmtcp_command"), "--coord-host", "127.0.0.1", "--coord-port"]
    code = code.replace("import threading", f"import os, subprocess, threading; ASK = {argv}")
    job = DmtcpJob(new_job, tmp_path / "test", code)

    assert job.run(0) == 70

    assert "ended before run() returned (exit code 0)" in job.job.end()["message"]


def test_a_start_that_another_slurm_job_has_displaced_stops_its_code(
    job: DmtcpJob, store: ObjectServer, tmp_path: Path
) -> None:
    job.allow(3)
    old = job.start(0)
    job.wait_for_unit(2)
    (tmp_path / "fl-1-2").mkdir()
    code = textwrap.indent(job.job.code.decode(), "    ")
    again = DmtcpJob(
        lambda _code: JobDirectory(tmp_path / "fl-1-2", store, code), tmp_path / "other"
    )
    again.tell(kept="../kept")

    new = again.start(0, FREELOADER_FENCE_S="2")

    assert old.wait(timeout=DEADLINE_S) == 76
    job.allow(10)
    assert new.wait(timeout=DEADLINE_S) == 0
    assert again.job.results() == {"units.txt": WHOLE}
    assert job.computed() == [*range(3), *range(10)]


def test_code_that_crashes_again_and_again_has_failed_itself(
    new_job: NewJob, tmp_path: Path
) -> None:
    crash = UNITS.replace("progress(number / 10)", "number < 5 or os.kill(os.getpid(), 11)")
    job = DmtcpJob(new_job, tmp_path / "test", crash.replace("import", "import os,", 1))
    job.preempt_after(3, 0)

    assert job.run(1) == 70

    assert "SIGSEGV" in job.job.end(1)["message"]


@pytest.mark.parametrize("name", ["dmtcp_launch", "dmtcp_restart", "dmtcp_command"])
def test_a_node_without_dmtcp_is_told(job: DmtcpJob, tmp_path: Path, name: str) -> None:
    shutil.copytree(STAND_IN, tmp_path / "bin", ignore=NO_BYTECODE)
    (tmp_path / "bin" / name).unlink()
    job.tell(folder=tmp_path / "bin")

    assert job.run(0) == 78

    assert job.job.end()["reason"] == "broken_job"
    assert f"no {name} on " in job.job.end()["message"]


def test_dmtcp_that_cannot_launch_anything_is_not_the_codes_fault(
    job: DmtcpJob, tmp_path: Path
) -> None:
    shutil.copytree(STAND_IN, tmp_path / "bin", ignore=NO_BYTECODE)
    (tmp_path / "bin" / "dmtcp_launch").write_text("#!/bin/sh\nexit $DMTCP_FAIL_RC\n")
    job.tell(folder=tmp_path / "bin")

    assert job.run(0) == 78

    assert "DMTCP failed on the node" in job.job.end()["message"]


def test_a_checkpoint_that_does_not_fit_is_left_out_and_told(job: DmtcpJob) -> None:
    job.tell(mb=1)
    job.preempt_after(3, 0)
    assert job.generations() == []

    assert job.run(1) == 0

    assert "do not fit into 1 MB" in job.begun_with(1)["set_aside"][0]
    assert job.job.results(1) == {"units.txt": WHOLE}


def test_a_job_whose_results_could_not_be_stored_goes_on_from_its_last_checkpoint(
    job: DmtcpJob, store: ObjectServer
) -> None:
    job.preempt_after(4, 0)
    store.answers["out/1/0"] = [403] * 100
    assert job.run(1) == 77

    assert job.run(2) == 0

    assert job.begun_with(2)["generation"] == 1
    assert job.computed() == [*range(10), *range(4, 10)]
    assert job.job.results(2) == {"units.txt": WHOLE}


def test_code_that_takes_too_much_disk_is_stopped(new_job: NewJob, tmp_path: Path) -> None:
    code = """
        import threading
        def run(inputs, output):
            for _ in range(100):
                print("x" * 10**6)
            threading.Event().wait()
    """
    job = DmtcpJob(new_job, tmp_path / "test", code)

    assert job.run(0) == 70

    assert "more than the 50 MB of disk" in job.job.end()["message"]


def test_what_the_code_prints_is_in_the_jobs_log_once(new_job: NewJob, tmp_path: Path) -> None:
    job = DmtcpJob(new_job, tmp_path / "test", UNITS.replace("progress(", "print(number, "))
    job.preempt_after(4, 0)
    job.run(1)

    printed = [line for line in job.job.log().splitlines() if not line.startswith("==")]

    assert [line.split()[0] for line in printed] == [str(number) for number in range(10)]

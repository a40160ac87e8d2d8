"""A rehearsal: starts that are interrupted on purpose, and writes that are watched."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.jobs.node.conftest import NewJob
from tests.jobs.node.fake_slurm import fake_scontrol
from tests.jobs.node.job_directory import PYTHON
from tests.jobs.node.test_checkpoint import TEN_UNITS
from tests.object_server import DEADLINE_S, wait_until

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live


def test_a_rehearsed_start_is_killed_without_a_word(new_job: NewJob) -> None:
    job = new_job("""
        import signal, threading
        signal.signal(signal.SIGTERM, lambda *_: print("asked to stop", flush=True))
        print("loaded", flush=True)
        def run(inputs, output):  # its time is counted from here on
            threading.Event().wait()
    """)
    job.also["interrupt_after_s"] = [0.5]
    job.tell()

    assert job.start().wait(timeout=DEADLINE_S) == -signal.SIGKILL

    assert not job.has_end()
    assert "loaded" in job.log()
    assert "asked to stop" not in job.log()


def test_a_rehearsal_ends_undisturbed_after_its_interruptions(new_job: NewJob) -> None:
    job = new_job(TEN_UNITS)
    job.also["interrupt_after_s"] = [0.3, 0.3]
    job.tell()
    waits = ["3", "7", "never"]  # so that no start is done before it is interrupted

    codes = [job.start(n, WAIT_AFTER=wait).wait(timeout=DEADLINE_S) for n, wait in enumerate(waits)]

    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert job.results(2) == {"done": b"10"}
    assert sum(job.log().count(f"unit {unit}\n") for unit in range(10)) <= 12


def test_under_slurm_a_rehearsed_start_asks_for_the_next_one(
    new_job: NewJob, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    asked = folder / "asked"
    asked.touch()
    job = new_job("import threading\ndef run(inputs, output): threading.Event().wait()")
    job.also["interrupt_after_s"] = [0.1]
    job.tell()
    process = job.start(PATH=fake_scontrol(folder, preempt_time="None"), SLURM_JOB_ID="7")
    wait_until(lambda: "requeue 7\n" in asked.read_text(), "the requeue")

    process.send_signal(signal.SIGTERM)  # as Slurm does then

    assert process.wait(timeout=DEADLINE_S) == 128 + signal.SIGTERM
    assert not job.has_end()


HAS_HOOKS = subprocess.run([PYTHON, "-c", "import sys; sys.addaudithook"]).returncode == 0
watches = pytest.mark.skipif(not HAS_HOOKS, reason="Python has audit hooks from 3.8 on")


@watches
def test_writes_outside_are_told_in_the_manifest_and_the_end_file(
    new_job: NewJob, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "old").touch()
    job = new_job(f"""
        import multiprocessing, os, shutil, tempfile
        from pathlib import Path
        outside = Path({str(outside)!r})
        def run(inputs, output, checkpoint):
            (outside / "read-only").exists()
            (outside / "new").write_text("x")
            (outside / "old").unlink()
            (outside / "folder").mkdir()
            (outside / "folder").mkdir(exist_ok=True)
            os.rename(str(outside / "new"), str(outside / "renamed"))
            if os.fork() == 0:
                open(str(outside / "forked"), "a")
                os._exit(0)
            os.wait()
            shutil.rmtree(str(outside / "folder"))
            Path("here").write_text("x")
            inputs[0].write_text("x")
            checkpoint.save("x", "x")
            tempfile.TemporaryFile().write(b"x")
            open(os.devnull, "w").write("x")
            multiprocessing.Queue().put(1)
            (output / "x").write_text("x")
    """)
    job.also["watch_writes"] = True
    job.tell()

    assert job.run() == 0, job.log()

    names = ["folder", "forked", "new", "old", "renamed"]
    assert (job.manifest() or {})["writes_outside"] == [str(outside / name) for name in names]
    assert job.end()["writes_outside"] == (job.manifest() or {})["writes_outside"]


@watches
def test_writes_outside_are_told_as_the_code_knows_the_place(
    new_job: NewJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = new_job("""
        def run(inputs, output, checkpoint):
            directory = output.parent.parent
            (directory / "note").write_text("x")
            (checkpoint.parent / "parts").mkdir()
            (directory / "home" / "settings.ini").write_text("x")
            (output / "x").write_text("x")
    """)
    home = job.path.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    (job.path / "home").symlink_to(home)
    job.also["watch_writes"] = True
    job.tell()

    assert job.run() == 0, job.log()

    assert job.end()["writes_outside"] == ["note", "parts", "~/settings.ini"]


@watches
def test_of_many_writes_outside_twenty_are_told(
    new_job: NewJob, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    job = new_job(f"""
        def run(inputs, output):
            for number in range(100):
                open({str(outside)!r} + "/" + str(number), "w").close()
            raise ValueError("enough")
    """)
    job.also["watch_writes"] = True
    job.tell()

    assert job.run() == 70

    assert len(job.end()["writes_outside"]) == 20


def test_nobody_watches_where_no_rehearsal_asks_for_it(new_job: NewJob) -> None:
    job = new_job()
    job.run()

    assert "writes_outside" not in (job.manifest() or {})
    assert "writes_outside" not in job.end()


def test_temporary_files_go_with_the_attempt(new_job: NewJob) -> None:
    job = new_job("""
        import tempfile
        def run(inputs, output):
            (output / "place").write_text(tempfile.mkdtemp())
    """)

    assert job.start().wait(timeout=DEADLINE_S) == 0

    place = Path(job.results()["place"].decode())
    assert place.parent == job.path.resolve() / "attempt.0" / "tmp" or "/cwd/attempt.0/tmp" in str(
        place
    )
    assert not place.exists()


def test_sockets_of_multiprocessing_have_room_in_a_deep_directory(
    tmp_path: Path, new_job: NewJob
) -> None:
    job = new_job("""
        import multiprocessing
        def run(inputs, output):
            with multiprocessing.Manager() as manager:
                (output / "x").write_text(str(len(manager.list([1, 2, 3]))))
    """)
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    for name in ("run.pyz", "pipeline.py", "job.json"):
        (job.path / name).rename(deep / name)
    job.path = deep

    assert job.start().wait(timeout=DEADLINE_S) == 0, job.log()

    assert job.results() == {"x": b"3"}


def test_begin_notes_say_when_and_how_far_a_start_was_stopped(new_job: NewJob) -> None:
    job = new_job(TEN_UNITS)
    process = job.start(WAIT_AFTER="4")
    kept = job.kept / "progress.json"
    wait_until(lambda: kept.exists() and "0.4" in kept.read_text(), "the progress")

    process.send_signal(signal.SIGTERM)
    process.wait(timeout=DEADLINE_S)

    note = json.loads((job.path / "begin.0.json").read_text())
    assert note["progress"] == 0.4
    assert note["started_at"] < note["stopped_at"]


def test_the_manifest_says_how_long_the_code_took_without_its_loading(new_job: NewJob) -> None:
    job = new_job("""
        import time
        time.sleep(0.5)
        def run(inputs, output):
            time.sleep(0.2)
            (output / "x").write_text("x")
    """)
    job.run()

    manifest = job.manifest() or {}

    assert manifest["code_seconds"] >= 0.2
    assert manifest["code_seconds"] < manifest["ended_at"] - manifest["started_at"] - 0.5

"""The checkpoint directory: what a start saved is there for the next one, whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from jobs.node.attempt import Attempt
from jobs.node.checkpoint import Checkpoint
from jobs.node.kept import generations, next_generation
from tests.jobs.node.conftest import NewJob
from tests.jobs.node.job_directory import JobDirectory
from tests.object_server import DEADLINE_S, wait_until

pytestmark = pytest.mark.live

# Ten units of work; told to, it waits for its kill after one of them.
TEN_UNITS = """
    import os, threading, time
    def run(inputs, output, checkpoint, progress):
        done = int(checkpoint.load("done", b"0"))
        while done < 10:
            print("unit", done, flush=True)
            done += 1
            checkpoint.save("done", str(done))
            if str(done) == os.environ.get("WAIT_AFTER"):
                time.sleep(0.2)  # sooner than that no progress is told
                progress(done / 10)
                print("waiting", done, flush=True)
                threading.Event().wait()
        (output / "done").write_text(str(done))
"""


def begin(job: JobDirectory, attempt: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((job.path / f"begin.{attempt}.json").read_text())
    return found


def kill_after(job: JobDirectory, attempt: int, unit: int) -> None:
    """A start that is killed, with all its processes, when so many units are done."""
    process = job.start(attempt, WAIT_AFTER=str(unit))
    wait_until(lambda: f"waiting {unit}\n" in log_of(job), f"unit {unit}")
    told = f'{{"fraction": {unit / 10}}}'
    kept = job.kept / "progress.json"
    wait_until(lambda: kept.exists() and kept.read_text() == told, "the progress")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=DEADLINE_S)


def log_of(job: JobDirectory) -> str:
    return job.log() if (job.path / "log.txt").exists() else ""


def test_a_start_that_is_stopped_tells_what_it_has_saved(new_job: NewJob) -> None:
    job = new_job(TEN_UNITS)
    process = job.start(0, WAIT_AFTER="3")
    told = job.kept / "progress.json"
    wait_until(lambda: told.exists() and "0.3" in told.read_text(), "the progress")
    process.terminate()
    process.wait(timeout=DEADLINE_S)
    kept = begin(job)["kept"]
    assert (kept["kind"], kept["fraction"]) == ("checkpoint", 0.3)
    assert job.run(1) == 0
    assert begin(job, 1)["begun_with"] == kept


def test_a_start_that_is_stopped_before_it_saved_anything_tells_of_nothing(
    new_job: NewJob,
) -> None:
    job = new_job(TEN_UNITS.replace('checkpoint.save("done", str(done))', "pass"))
    process = job.start(0, WAIT_AFTER="3")
    wait_until(lambda: "waiting 3\n" in log_of(job), "the third unit")
    process.terminate()
    process.wait(timeout=DEADLINE_S)
    assert "kept" not in begin(job)


def test_a_start_goes_on_where_the_one_before_was_killed(new_job: NewJob) -> None:
    job = new_job(TEN_UNITS)
    kill_after(job, 0, 3)
    kill_after(job, 1, 7)

    assert job.run(2) == 0

    assert job.results(2) == {"done": b"10"}
    assert [log_of(job).count(f"unit {unit}\n") for unit in range(10)] == [1] * 10


def test_each_start_notes_what_it_begins_with(new_job: NewJob) -> None:
    job = new_job(TEN_UNITS)
    kill_after(job, 0, 3)
    job.run(1)

    first, second = begin(job, 0), begin(job, 1)

    assert first["begun_with"] == {}
    assert (first["attempt"], first["task"], first["node"]) == (0, None, os.uname().nodename)
    found = second["begun_with"]
    assert (found["kind"], found["size_bytes"], found["fraction"]) == ("checkpoint", 1, 0.3)
    assert first["started_at"] < found["saved_at"] < second["started_at"]


def test_two_starts_without_a_save_between_them_find_the_same(new_job: NewJob) -> None:
    job = new_job("""
        import os
        def run(inputs, output, checkpoint):
            if not checkpoint.load("x"):
                checkpoint.save("x", "1")
            raise ValueError("again")
    """)
    for attempt in range(3):
        job.run(attempt)

    digests = [begin(job, attempt)["begun_with"].get("digest") for attempt in range(3)]

    assert digests[0] is None
    assert digests[1] == digests[2] is not None


def test_an_earlier_start_has_no_path_to_the_checkpoint_any_more(new_job: NewJob) -> None:
    code = """
        import os, time
        def run(inputs, output, checkpoint):
            print("at", checkpoint, flush=True)
            while os.environ["FREELOADER_ATTEMPT"] == "0":
                checkpoint.save("mine", "of the old one")
                time.sleep(0.01)
            checkpoint.save("mine", "of the new one")
            (output / "found").write_bytes(checkpoint.load("mine"))
    """
    job = new_job(code)
    old = job.start(0)
    wait_until(lambda: (job.kept / "checkpoint.0" / "mine").exists(), "the first save")

    assert job.start(1).wait(timeout=DEADLINE_S) == 0

    # no path to save to, or told that it is superseded
    assert old.wait(timeout=DEADLINE_S) in (70, 76)
    assert job.results(1) == {"found": b"of the new one"}
    assert [path.name for path in job.kept.glob("checkpoint.*")] == ["checkpoint.1"]


def test_two_starts_that_come_at_once_each_get_the_directory_in_turn(new_job: NewJob) -> None:
    job = new_job()
    taken: list[Path] = []
    barrier = threading.Barrier(2)

    def take() -> None:
        attempt = Attempt(job.path, 0)
        for _ in range(100):
            barrier.wait()
            taken.append(next_generation(attempt, "checkpoint"))

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 200
    assert len(generations(job.kept, "checkpoint")) == 1


def test_code_that_asks_for_no_checkpoint_has_none(new_job: NewJob) -> None:
    job = new_job()
    job.run()

    assert not job.kept.exists()
    assert begin(job)["begun_with"] == {}


def test_files_that_a_kill_left_half_saved_are_gone_at_the_next_start(new_job: NewJob) -> None:
    job = new_job("""
        import os
        def write(path):
            path.write_text("half")
            os.kill(os.getpid(), 9)
        def run(inputs, output, checkpoint):
            names = os.listdir(str(checkpoint))
            if names:
                (output / "found").write_text(" ".join(names))
                return
            checkpoint.save("whole", "x")
            checkpoint.save("half", write)
    """)
    job.run(0)
    assert list((job.kept / "checkpoint.0").glob(".*half"))

    assert job.run(1) == 0

    assert job.results(1) == {"found": b"whole"}
    assert begin(job, 1)["begun_with"]["size_bytes"] == 1


def test_the_kept_directory_is_for_its_owner_alone(new_job: NewJob) -> None:
    job = new_job("def run(inputs, output, checkpoint): (output / 'x').write_text('x')")
    job.run()

    assert stat.S_IMODE(job.kept.stat().st_mode) == 0o700


def test_a_worker_process_may_save_too(new_job: NewJob) -> None:
    job = new_job("""
        import multiprocessing
        def save(checkpoint):
            checkpoint.save("from-worker", "x")
        def run(inputs, output, checkpoint):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                pool.map(save, [checkpoint])
            (output / "x").write_bytes(checkpoint.load("from-worker"))
    """)

    assert job.run() == 0, job.log()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint(str(tmp_path))


@pytest.mark.parametrize("data", [b"bytes", "bytes", bytearray(b"bytes")])
def test_what_is_saved_is_loaded(checkpoint: Checkpoint, data: bytes | str) -> None:
    checkpoint.save("x", "something longer, from before")
    checkpoint.save("x", data)

    assert checkpoint.load("x") == b"bytes"
    assert [path.name for path in checkpoint.iterdir()] == ["x"]


def test_a_function_saves_by_itself_under_a_name_that_ends_alike(checkpoint: Checkpoint) -> None:
    names: list[str] = []

    def write(path: Path) -> None:
        names.append(path.name)
        path.write_text("by itself")

    checkpoint.save("state.npz", write)

    assert checkpoint.load("state.npz") == b"by itself"
    assert names[0].startswith(".")
    assert names[0].endswith("state.npz")


@pytest.mark.parametrize("name", ["n" * 255, "ü" * 127, "🧬" * 63])
def test_a_name_may_be_as_long_as_names_can_be(checkpoint: Checkpoint, name: str) -> None:
    checkpoint.save(name, "x")

    assert [path.name for path in checkpoint.iterdir()] == [name]


def test_a_save_that_fails_leaves_what_was_there(checkpoint: Checkpoint) -> None:
    def write(path: Path) -> None:
        path.write_text("half of")
        raise ZeroDivisionError

    checkpoint.save("x", "the old")
    with pytest.raises(ZeroDivisionError):
        checkpoint.save("x", write)

    assert checkpoint.load("x") == b"the old"
    assert [path.name for path in checkpoint.iterdir()] == ["x"]


def test_what_was_never_saved_is_the_default(checkpoint: Checkpoint) -> None:
    assert checkpoint.load("x") is None
    assert checkpoint.load("x", b"0") == b"0"


@pytest.mark.parametrize("name", ["a/b", "../x", "..", ".", "", "/x"])
def test_a_path_is_not_saved_to(checkpoint: Checkpoint, name: str) -> None:
    with pytest.raises(ValueError, match="the name of a file"):
        checkpoint.save(name, "x")


def test_a_directory_in_it_saves_as_it_does(checkpoint: Checkpoint) -> None:
    (checkpoint / "models").mkdir()
    models = checkpoint / "models"
    assert isinstance(models, Checkpoint)

    models.save("x", "x")

    assert checkpoint.load("models/x") == b"x"

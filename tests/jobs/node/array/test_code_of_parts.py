"""Stage parts: what research code may do in a part, and what is said where it fails."""

from __future__ import annotations

import os
import signal
import zipfile
from pathlib import Path

import pytest

from tests.jobs.node.conftest import NewSplitJob
from tests.jobs.node.split_job import COUNT_IN_PARTS
from tests.object_server import DEADLINE_S, wait_until

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live


def test_a_part_without_output_is_a_part(new_split_job: NewSplitJob) -> None:
    code = """
        def split(inputs): return inputs
        def run(inputs, output):
            if inputs[0].stem == "a":
                (output / "x").write_text("")
        def merge(outputs, output):
            (output / "counts").write_text(str([len(list(folder.iterdir())) for folder in outputs]))
    """
    job = new_split_job(code, {"a.txt": b"", "b.txt": b"", "c.txt": b""})
    job.split()

    assert job.run() == 0
    assert job.run_stage("merge") == 0

    assert job.results() == {"counts": b"[1, 0, 0]"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('no rows')", "Part 2 of 3 (b.txt): ValueError: no rows"),
        ("import sys; sys.exit(0)", "Part 2 of 3 (b.txt): The code called sys.exit(0)."),
        (
            "import os; os._exit(3)",
            "Part 2 of 3 (b.txt): The code's process ended before run() returned (exit code 3).",
        ),
        (
            "import os; os.kill(os.getpid(), 9)",
            "Part 2 of 3 (b.txt): The code was killed, most often for using more memory",
        ),
        (
            "import os; os.kill(os.getppid(), 9)",
            "Part 2 of 3 (b.txt): The code was killed, most often for using more memory",
        ),
        ("import ctypes; ctypes.string_at(0)", "Part 2 of 3 (b.txt): The code crashed (SIGSEGV)."),
        ("import atexit, os; atexit.register(os._exit, 4)", "(exit code 4)."),
        (
            "(output / 'x').symlink_to('/etc/hosts')",
            "Part 2 of 3 (b.txt): The result 'x' is not a plain file inside",
        ),
    ],
)
def test_a_failing_part_says_which_it_was(
    new_split_job: NewSplitJob, body: str, message: str
) -> None:
    code = f"""
        def split(inputs): return inputs
        def run(inputs, output):
            print("computes", inputs[0].name)
            if inputs[0].name == "b.txt":
                {body}
        def merge(outputs, output): pass
    """
    job = new_split_job(code, {"a.txt": b"", "b.txt": b"", "c.txt": b""})
    job.split()

    assert job.run(0, 2) == 70

    assert job.end("2.0")["reason"] == "code_failed"
    assert message in job.end("2.0")["message"]
    assert job.finished() == {0}
    assert job.claimed() == set()
    log = (job.path / "log.2.txt").read_text()
    assert log.index("-- part 2 of 3") < log.index("computes b.txt")


def test_of_many_inputs_of_a_failing_part_three_are_named(new_split_job: NewSplitJob) -> None:
    code = """
        def split(inputs): return [inputs]
        def run(inputs, output): raise KeyError("x")
        def merge(outputs, output): pass
    """
    long = "l" * 200 + ".txt"
    job = new_split_job(code, dict.fromkeys(("a.txt", "ü.txt", long, "m.txt", "n.txt"), b""))
    job.split()

    job.run()

    shown = f"Part 1 of 1 (a.txt, {'l' * 59}…, m.txt and 2 more): KeyError: 'x'"
    assert job.end()["message"] == shown


def test_code_that_fails_while_it_is_loaded_is_told_as_failed(new_split_job: NewSplitJob) -> None:
    job = new_split_job("import no_such_module\n" + "import os")
    job.begin("parts")
    job.kept.mkdir()
    (job.kept / "a").touch()
    (job.kept / "parts.json").write_text('{"version": 1, "parts": [["a"]]}')

    assert job.run() == 70

    told = "Part 1 of 1 (a): ModuleNotFoundError: No module named 'no_such_module'"
    assert job.end()["message"] == told


def test_every_part_finds_the_code_as_it_is_loaded_and_random_numbers_of_its_own(
    new_split_job: NewSplitJob,
) -> None:
    code = """
        import random
        import os, sys
        seen = []
        def split(inputs): return inputs * 3
        def run(inputs, output):
            seen.append(1)
            assert len(seen) == 1 and __name__ == "pipeline" and sys.modules["pipeline"].run is run
            assert sys.stdin.read() == "" and not os.path.exists("left")
            open("left", "w").close()
            (output / "drawn").write_text(str(random.random()))
        def merge(outputs, output):
            drawn = {(folder / "drawn").read_text() for folder in outputs}
            (output / "count").write_text(str(len(drawn)))
    """
    job = new_split_job(code)
    job.split()

    assert job.run() == 0, job.end()
    assert job.run_stage("merge") == 0

    assert job.results() == {"count": b"3"}


def test_inputs_that_are_gone_are_told_before_the_code_is_called(
    new_split_job: NewSplitJob,
) -> None:
    job = new_split_job()
    job.split()
    (job.kept / "inputs" / "a.txt").unlink()

    assert job.run() == 78

    assert job.end()["message"] == "Part 1 of 1 (a.txt): a.txt is gone from the cluster's scratch."


@pytest.mark.parametrize(
    "changed", ["inputs/a.txt", "split/output/b/c.txt", "split/output/b/d.txt"]
)
def test_inputs_that_a_part_has_changed_are_not_computed_with(
    new_split_job: NewSplitJob, changed: str
) -> None:
    """As `sed -i` does it, although they are read-only: the part would be computed of another."""
    job = new_split_job("""
        def split(inputs, output):
            (output / "b").mkdir()
            (output / "b" / "c.txt").write_text("c")
            return [inputs[0], output / "b"]
        def run(inputs, output): (output / "computed").touch()
        def merge(outputs, output): pass
    """)
    job.split()
    (job.kept / "beside").write_text("another one")
    (job.kept / "beside").replace(job.kept / changed)

    assert job.run() == 70

    number, name = (1, "a.txt") if changed == "inputs/a.txt" else (2, "b")
    assert job.end()["message"].startswith(f"Part {number} of 2 ({name}): {name} was changed after")


@pytest.mark.parametrize("stage", ["parts", "merge"])
def test_not_as_many_parts_as_the_server_was_told_of_are_not_computed_with(
    new_split_job: NewSplitJob, stage: str
) -> None:
    job = new_split_job()
    job.split()
    job.also["parts"] = 2

    assert job.run_stage(stage) == 78

    assert job.end()["message"].startswith("parts.json is missing, damaged")


def test_without_parts_json_there_is_nothing_to_work_on(new_split_job: NewSplitJob) -> None:
    job = new_split_job()
    job.begin("parts")

    assert job.run() == 78

    assert "parts.json is missing" in job.end()["message"]


def test_a_part_goes_on_with_its_own_checkpoint(new_split_job: NewSplitJob) -> None:
    code = """
        import os
        def split(inputs): return inputs
        def run(inputs, output, checkpoint):
            if checkpoint.load("begun") is None:
                checkpoint.save("begun", inputs[0].name)
                if inputs[0].name == "b.txt":
                    print("saved", flush=True)
                    import threading
                    threading.Event().wait()
            (output / "begun").write_bytes(checkpoint.load("begun"))
        def merge(outputs, output):
            (output / "all").write_text(" ".join((f / "begun").read_text() for f in outputs))
    """
    job = new_split_job(code, {"a.txt": b"", "b.txt": b""})
    job.split()
    process = job.start()
    wait_until(lambda: "saved" in (job.path / "log.txt").read_text(), "the save")
    assert [path.name for path in job.kept.glob("checkpoint.*")] == ["checkpoint.part1.0"]

    process.terminate()
    process.wait(timeout=DEADLINE_S)

    assert job.run(1) == 0
    assert not list(job.kept.glob("checkpoint.*"))
    assert job.run_stage("merge") == 0
    assert job.results() == {"all": b"a.txt b.txt"}


def test_code_that_is_stopped_has_time_to_save(new_split_job: NewSplitJob) -> None:
    """Slurm signals all processes at once, also the one that the code's was forked from."""
    code = """
        import os, signal, sys, threading
        def split(inputs): return inputs
        def run(inputs, output, checkpoint):
            if checkpoint.load("last") is None:
                def save(*_):
                    threading.Event().wait(0.3)
                    checkpoint.save("last", "saved")
                    sys.exit(1)
                signal.signal(signal.SIGTERM, save)
                print("pids %d %d" % (os.getpid(), os.getppid()), flush=True)
                threading.Event().wait()
            (output / "last").write_bytes(checkpoint.load("last"))
        def merge(outputs, output): pass
    """
    job = new_split_job(code)
    job.split()
    worker = job.start(FREELOADER_KILL_WAIT_S=str(DEADLINE_S))  # to save may take a slow disk long
    wait_until(lambda: "pids" in (job.path / "log.txt").read_text(), "the code")
    pids = (job.path / "log.txt").read_text().partition("pids ")[2].split()[:2]

    for pid in (worker.pid, *map(int, reversed(pids))):
        os.kill(pid, signal.SIGTERM)

    assert worker.wait(timeout=DEADLINE_S) == 143
    assert job.run(1) == 0
    assert (job.kept / "part.0" / "output" / "last").read_text() == "saved"


def test_where_forking_is_not_to_be_relied_on_each_part_has_a_new_python(
    new_split_job: NewSplitJob,
) -> None:
    job = new_split_job(COUNT_IN_PARTS, {"a.txt": b"one two", "b.txt": b"", "c.txt": b"three"})
    job.split()
    as_on_macos(job.path / "run.pyz")

    assert job.start().wait(timeout=DEADLINE_S) == 0

    assert job.run_stage("merge") == 0
    assert job.results() == {"sum.txt": b"3"}


def as_on_macos(program: Path) -> None:
    with zipfile.ZipFile(program) as archive:
        modules = {name: archive.read(name) for name in archive.namelist()}
    zygote = modules["node/zygote.py"]
    modules["node/zygote.py"] = zygote.replace(b'FORKS = sys.platform == "linux"', b"FORKS = False")
    assert modules["node/zygote.py"] != zygote
    with zipfile.ZipFile(program, "w") as archive:
        for name, data in modules.items():
            archive.writestr(name, data)

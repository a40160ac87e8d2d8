"""What a job may use: beyond it the code is stopped, and its PI reads what to do."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from jobs.node import limits
from jobs.node.limits import (
    Pace,
    is_nearly_full,
    own_bytes,
    resident_bytes,
    takes_more_memory,
    used_bytes,
)
from tests.jobs.node.conftest import NewJob
from tests.jobs.node.job_directory import PYTHON
from tests.object_server import DEADLINE_S

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live

WAIT = "threading.Event().wait()"


@pytest.mark.parametrize(
    ("limits", "body", "message"),
    [
        (
            {"memory_mb": 100},
            "held = b'x' * 200_000_000",
            "It needed more than its 100 MB of memory: read less at once, or ask for more.",
        ),
        (
            {"disk_mb": 10},
            "(output / 'x').write_bytes(os.urandom(11_000_000))",
            "It wrote more than the 10 MB of disk that it may have: write less, or ask for more.",
        ),
        (
            {"disk_mb": 10},
            "tempfile.NamedTemporaryFile(delete=False).write(os.urandom(11_000_000))",
            "It wrote more than the 10 MB of disk that it may have: write less, or ask for more.",
        ),
        (
            {"checkpoint_mb": 10},
            "checkpoint.save('x', os.urandom(11_000_000))",
            "Its checkpoint directory holds more than the 10 MB that it may: save less, or remove "
            "what is not needed any more.",
        ),
    ],
)
def test_code_that_takes_more_than_it_may_is_stopped(
    new_job: NewJob, limits: dict[str, int], body: str, message: str
) -> None:
    job = new_job(
        "import os, tempfile, threading\n"
        f"def run(inputs, output, checkpoint):\n    {body}\n    {WAIT}"
    )
    job.also["limits"] = limits
    job.tell()

    assert job.run() == 70

    assert job.end()["message"] == message
    assert not (job.path / "attempt.0" / "output").exists()


def test_what_a_process_of_the_code_takes_counts(new_job: NewJob) -> None:
    job = new_job("""
        import subprocess, sys
        def run(inputs, output):
            take = "held = b'x' * 200_000_000; input()"
            subprocess.run([sys.executable, "-c", take], stdin=subprocess.PIPE)
            subprocess.Popen([sys.executable, "-c", take], stdin=subprocess.PIPE).wait()
    """)
    job.also["limits"] = {"memory_mb": 100}
    job.tell()

    assert job.run() == 70

    assert "100 MB of memory" in job.end()["message"]


def test_memory_that_forked_processes_share_counts_once(new_job: NewJob) -> None:
    job = new_job("""
        import os, time
        def run(inputs, output):
            shared = os.urandom(60_000_000)
            pids = []
            for _ in range(4):
                pid = os.fork()
                if pid == 0:
                    time.sleep(2.5)  # so that it is looked at
                    os._exit(0)
                pids.append(pid)
            for pid in pids:
                os.waitpid(pid, 0)
            (output / "x").write_text("x")
    """)
    job.also["limits"] = {"memory_mb": 250}  # five times 60 are more
    job.tell()

    assert job.run() == 0, job.end()


def test_a_file_that_is_mapped_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(60_000_000))
    me = [os.getpid()]
    limit = own_bytes(me[0]) + 30_000_000
    with (tmp_path / "large").open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        assert mapped.find(b"x") == -1  # so that all of it is read
        assert resident_bytes(me[0]) > limit
        assert not takes_more_memory(me, limit)

        held = b"x" * 60_000_000
        assert takes_more_memory(me, limit)
        del held
        mapped.close()


@pytest.mark.parametrize(
    ("files", "own_kb"),
    [
        ({"smaps_rollup": ["Pss_Anon: 5 kB", "Pss_Shmem: 1 kB", "Pss: 60 kB"]}, 6),
        ({"smaps_rollup": ["Pss: 60 kB"], "status": ["RssAnon: 7 kB", "RssShmem: 1 kB"]}, 8),
        ({"smaps_rollup": ["Pss: 6 kB"], "status": ["RssAnon: 7 kB", "RssShmem: 1 kB"]}, 6),
        ({"smaps": ["Pss: 2 kB", "VmFlags: rd ex", "Pss: 3 kB"], "status": ["Name: x:y"]}, 5),
        ({"status": ["RssAnon: 7 kB", "RssShmem: 1 kB"]}, 8),
    ],
)
def test_old_kernels_tell_less_of_what_is_a_process_s_own(
    tmp_path: Path, files: dict[str, list[str]], own_kb: int
) -> None:
    (tmp_path / "7").mkdir()
    for name, lines in files.items():
        (tmp_path / "7" / name).write_text("".join(line + "\n" for line in lines))

    assert own_bytes(7, str(tmp_path)) == 1024 * own_kb


def test_too_much_is_told_also_of_code_that_was_quick(new_job: NewJob) -> None:
    job = new_job(
        "import os\ndef run(inputs, output): (output / 'x').write_bytes(os.urandom(11_000_000))"
    )
    job.also["limits"] = {"disk_mb": 10}
    job.tell()

    assert job.run() == 70

    assert "10 MB of disk" in job.end()["message"]


def test_the_inputs_do_not_count_as_written(new_job: NewJob) -> None:
    job = new_job(inputs={"a.txt": b"word " * 3_000_000})
    job.also["limits"] = {"disk_mb": 10}
    job.tell()

    assert job.run() == 0


def test_a_disk_is_nearly_full_with_less_than_one_percent_and_one_gigabyte() -> None:
    assert is_nearly_full(10**12, 0, 9 * 10**8)
    assert not is_nearly_full(10**12, 0, 2 * 10**9)  # less than one percent of a large disk
    assert not is_nearly_full(10**10, 0, 5 * 10**8)  # five percent of a small one


def test_used_bytes_follow_no_links_and_count_no_holes(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "x").write_bytes(os.urandom(50_000))
    (tmp_path / "not").mkdir()
    (tmp_path / "not" / "counted").write_bytes(os.urandom(50_000))
    (tmp_path / "deep" / "link").symlink_to(tmp_path / "not")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(10**9)

    assert 50_000 <= used_bytes(tmp_path, but=tmp_path / "not") < 70_000


def test_a_tree_that_is_too_large_to_walk_through_in_time_counts_as_far_as_it_was_seen(
    tmp_path: Path,
) -> None:
    """Else a worker would lose its part, for it looks after its claim in between."""
    (tmp_path / "x").write_bytes(os.urandom(50_000))

    assert used_bytes(tmp_path, but=tmp_path / "not", patience_s=0) == 0


def test_what_takes_long_is_looked_at_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 100.0))
    pace = Pace(1.0)

    pace.took(0.001)
    assert pace.due_in() == 1
    pace.took(1.0)
    assert pace.due_in() == 50


def test_a_full_disk_stops_the_job_and_is_told(new_job: NewJob) -> None:
    job = new_job("""
        import threading
        def run(inputs, output):
            try:
                (output / "x").write_bytes(bytes(10_000_000))
            except OSError:
                threading.Event().wait()
    """)
    (job.path / "attempt.0").mkdir()
    small = "mount -t tmpfs -o size=3m none attempt.0 || exit 99; exec "
    unshared = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    process = job.start_argv([*unshared, small + f"{PYTHON} run.pyz . 0"])

    code = process.wait(timeout=DEADLINE_S)

    if code in (1, 99):
        pytest.skip("this system lets us mount nothing")
    assert (code, job.end()["reason"]) == (78, "broken_job")
    assert job.end()["message"].startswith("The cluster's disk is full")

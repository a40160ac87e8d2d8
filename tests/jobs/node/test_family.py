"""Processes that research code starts: all end with it, however they were started."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.node.conftest import NewJob
from tests.jobs.node.job_directory import JobDirectory
from tests.object_server import DEADLINE_S, wait_until

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live

# A process without a parent, in a session of its own, that does not heed SIGTERM.
DAEMON = """
    import os, signal, sys, threading
    def daemon(pid_file):
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            with open(pid_file, "w") as file:
                file.write(str(os.getpid()))
            while True:
                signal.pause()
        while not os.path.exists(pid_file) or not os.path.getsize(pid_file):
            pass
    def run(inputs, output):
        daemon(str(output.parent.parent / "daemon"))
        (output / "x").write_text("x")
"""


def ends(pid: int) -> bool:
    """Whether it is gone, or only a zombie that its parent has not waited for."""
    try:
        state = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def daemon_of(job: JobDirectory) -> int:
    return int((job.path / "daemon").read_text())


def test_a_process_left_behind_is_ended_and_fails_the_job(new_job: NewJob) -> None:
    job = new_job(DAEMON)

    assert job.start().wait(timeout=DEADLINE_S) == 70

    assert job.end()["message"].startswith(
        "Processes were still running after run() had returned (python"
    )
    assert job.manifest() is None
    assert ends(daemon_of(job))


def test_a_process_that_ends_soon_after_is_waited_for(new_job: NewJob) -> None:
    job = new_job("""
        import subprocess
        def run(inputs, output):
            subprocess.Popen(["sh", "-c", "sleep 0.5; echo late >late; mv late output"])
    """)

    assert job.start().wait(timeout=DEADLINE_S) == 0, job.log()

    assert job.results() == {"late": b"late\n"}


def test_the_error_of_the_code_counts_more_than_what_it_left(new_job: NewJob) -> None:
    job = new_job(DAEMON + "        raise ValueError('no rows')")

    assert job.start().wait(timeout=DEADLINE_S) == 70

    assert job.end()["message"] == "ValueError: no rows"
    assert ends(daemon_of(job))


@pytest.mark.parametrize("is_superseded", [False, True])
def test_a_stopped_attempt_leaves_none_of_its_processes(
    new_job: NewJob, is_superseded: bool
) -> None:
    job = new_job(
        DAEMON + "        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "        print(os.getpid(), 'started', flush=True)\n"
        "        threading.Event().wait()"
    )
    process = job.start()
    log = job.path / "log.txt"
    wait_until(lambda: log.exists() and "started" in log.read_text(), "the code")

    if is_superseded:
        (job.path / "newest").write_text("1\n")
    else:
        process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=DEADLINE_S) == (76 if is_superseded else 128 + signal.SIGTERM)
    assert ends(daemon_of(job))
    assert ends(int(job.log().splitlines()[1].split()[0]))


def test_what_was_started_before_the_code_is_none_of_its_processes(new_job: NewJob) -> None:
    other = subprocess.Popen(["sleep", "100"])
    job = new_job()

    assert job.run() == 0

    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_python_that_was_built_without_ctypes_sees_what_it_can(
    monkeypatch: pytest.MonkeyPatch, new_job: NewJob
) -> None:
    monkeypatch.setitem(sys.modules, "ctypes", None)

    assert new_job().run() == 0

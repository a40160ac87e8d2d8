"""The worker on its own: it outlives whatever hangs or kills its task processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.demo.site import ROOT
from deploy.testbed.site import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


class Worker:
    """`manage.py worker` with a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "db.sqlite3"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "freeloader_site.settings",
            "FREELOADER_SECRET_KEY": "only-for-tests-" + "x" * 40,
            "FREELOADER_DATABASE_URL": f"sqlite:///{self.database}",
            "FREELOADER_STORE": "backends.memory.MemoryStore",
            "FREELOADER_SWEEP_INTERVAL_S": "1",
            "FREELOADER_WORKERS": "2",
        }
        self._manage("migrate", "--verbosity", "0")
        # Longer than a busy machine takes to start the task processes, or none would ever beat.
        command = [sys.executable, "manage.py", "worker", "--patience", "30"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)

    def _manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)

    def beats_after(self, moment: float) -> bool:
        with closing(sqlite3.connect(self.database, timeout=120)) as connection:
            sql = "SELECT strftime('%s', max(at)) FROM jobs_heartbeat WHERE name LIKE '% watch'"
            (seen,) = connection.execute(sql).fetchone()
        return seen is not None and int(seen) > moment

    def await_beat(self) -> None:
        moment = time.time() + 1
        until(lambda: self.beats_after(moment), what="a new heartbeat")

    def group(self) -> list[int]:
        """The pids of the task processes that watch: one of the watchdog's two groups.

        First that of the main one, whose number need not be the lowest.
        """
        watching = [pid for pid in _children(self.process.pid) if _queue_of(pid) == "watch"]
        return [pid for child in watching for pid in _of_group(child)]

    def await_group_without(self, old: list[int]) -> None:
        until(lambda: (group := self.group()) and not set(old) & set(group), what="a new group")

    def all(self) -> list[int]:
        """The pids of all task processes."""
        return [pid for child in _children(self.process.pid) for pid in _of_group(child)]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _queue_of(pid: int) -> str:
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    names = [v.partition(b"=")[2] for v in variables if v.startswith(b"Q_CLUSTER_NAME=")]
    return names[0].decode() if names else ""


def _of_group(group: int) -> list[int]:
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = stat.read_text().partition(" (")
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, _parent, its_group = rest.rpartition(") ")[2].split()[:3]
        if int(its_group) == group and state != "Z":
            members.append(int(pid))
    return sorted(members, key=lambda pid: (pid != group, pid))


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One for all tests: each leaves it at work, and its end leaves none of its processes."""
    worker = Worker(tmp_path_factory.mktemp("worker"))
    try:
        yield worker
    finally:
        processes = worker.all()
        worker.process.terminate()
        worker.process.wait(120)
        until(lambda: not any(map(_is_alive, processes)), what="the end of all of them")


@pytest.fixture
def worker(started: Worker) -> Worker:
    """It is at work."""
    started.await_beat()
    return started


def _is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not stat.rpartition(") ")[2].startswith("Z")


def test_a_hung_group_is_killed_and_started_anew(worker: Worker) -> None:
    hung = worker.group()
    for pid in hung:
        os.kill(pid, signal.SIGSTOP)
    worker.await_group_without(hung)
    worker.await_beat()


def test_killing_idle_task_processes_stops_nothing_for_good(worker: Worker) -> None:
    # One of them holds django-q2's queue lock; killed, it leaves a cluster that hangs.
    for pid in worker.group()[1:]:
        os.kill(pid, signal.SIGKILL)
    worker.await_beat()


def test_killing_the_main_task_process_leaves_no_orphans(worker: Worker) -> None:
    before = worker.group()
    os.kill(before[0], signal.SIGKILL)
    worker.await_group_without(before)
    # They are killed before the new ones begin; to be gone may take them a moment longer.
    until(lambda: not any(map(_is_alive, before)), what="the end of the old ones")
    worker.await_beat()

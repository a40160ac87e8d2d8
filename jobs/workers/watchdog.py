"""The watchdog: a hung django-q2 cluster looks healthy to itself, so somebody else must look.

Killing one idle worker of django-q2 can hang all of it for good (it holds the queue's lock), and
killing its sentinel leaves orphans that go on. So each of the two clusters (one does the work, one
watches over it) runs in a process group of its own; when its heartbeat is too old although rings
wait, the whole group is killed and started again.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from types import FrameType

from django.conf import settings
from django.db import Error, close_old_connections
from django.utils import timezone

from jobs.queue import WATCH, WORK, ring_once, waiting_since
from jobs.workers import polls, pulse

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
STOP_WITHIN_S = 30.0
NOT_TAKEN = timedelta(seconds=10)  # a ring that waits so long is a reason for a heartbeat


class Group:
    """The task processes that serve one queue on this host."""

    def __init__(self, queue: str, *, size: int, patience: timedelta) -> None:
        self.queue = queue
        self.size = size
        self.patience = patience
        self.process: subprocess.Popen[bytes] | None = None
        self.seen_at = timezone.now()

    def ensure_running(self) -> None:
        """Start it if it is not there."""
        if self.process is None or self.process.poll() is not None:
            self.kill()  # a sentinel that died leaves its workers behind
            self._start()

    def _start(self) -> None:
        command = [sys.executable, sys.argv[0], "qcluster"]
        environment = os.environ | {"Q_CLUSTER_NAME": self.queue}
        self.process = subprocess.Popen(command, start_new_session=True, env=environment)
        self.seen_at = timezone.now()
        log.info("The task processes for “%s” are group %d.", self.queue, self.process.pid)

    def look(self) -> None:
        """Note its heartbeat, and whether there is any reason for one."""
        now = timezone.now()
        waiting = waiting_since(self.queue)
        is_idle = waiting is None or now - waiting < NOT_TAKEN
        is_busy = pulse.busy_processes(self.queue) >= self.size
        self.seen_at = max(self.seen_at, pulse.last_beat(self.queue) or self.seen_at)
        if is_busy or (is_idle and self.queue == WORK):
            self.seen_at = now

    def end_if_silent(self) -> None:
        """Kill it if its heart has stood still for too long."""
        if timezone.now() - self.seen_at > self.patience:
            log.error("No heartbeat of “%s” for %s: it starts anew.", self.queue, self.patience)
            self.kill()

    def stop(self) -> None:
        """Let the tasks at work end, for a while; then end the group."""
        if self.process is not None and self.process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_WITHIN_S)
        self.kill()

    def ask_to_stop(self) -> None:
        """To django-q2's main process alone: a TERM to the whole group hangs it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End the whole group now."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Watchdog:
    """Keeps the groups of task processes alive; `run` ends with SIGTERM or SIGINT."""

    def __init__(self, *, patience_s: float, sweep_every_s: float) -> None:
        patience = timedelta(seconds=patience_s)
        sizes = {
            WATCH: settings.Q_CLUSTER["ALT_CLUSTERS"][WATCH]["workers"],
            WORK: settings.Q_CLUSTER["workers"],
        }
        self.groups = [Group(queue, size=size, patience=patience) for queue, size in sizes.items()]
        self.sweep_every_s = sweep_every_s
        self.rung_at = 0.0
        self.is_stopping = False

    def run(self) -> None:
        """Start the groups, ring the sweep, watch the heartbeats, stop cleanly."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_soon)
        try:
            while not self.is_stopping:
                self.look()
                time.sleep(LOOK_EVERY_S)
        finally:
            self.stop()

    def look(self) -> None:
        """One look: are the groups there, do their hearts beat, is something to be rung."""
        for group in self.groups:
            group.ensure_running()
        try:
            self._ring()
            for group in self.groups:
                group.look()
        except Error as error:
            # A hung task process may be what holds the database: no answer is no heartbeat either.
            log.warning("The database does not answer: %s", type(error).__name__)
            close_old_connections()
        for group in self.groups:
            group.end_if_silent()

    def _ring(self) -> None:
        polls.ring_due()
        if time.monotonic() - self.rung_at >= self.sweep_every_s:
            self.rung_at = time.monotonic()
            ring_once("sweep")

    def stop(self) -> None:
        """Let the tasks at work end, for a while; then end the groups."""
        for group in self.groups:
            group.ask_to_stop()
        for group in self.groups:
            group.stop()

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True

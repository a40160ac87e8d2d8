"""The watchdog: a hung django-q2 cluster looks healthy to itself, so somebody else must look.

Killing one idle worker of django-q2 can hang all of it for good (it holds the queue's lock), and
killing its sentinel leaves orphans that go on. So the cluster runs in a process group of its own;
when the heartbeat that `sweep` writes is too old, the whole group is killed and started again.
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

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from jobs.models import Heartbeat
from jobs.queue import ring, waiting_rings

log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
STOP_WITHIN_S = 30.0


class Watchdog:
    """Keeps one group of task processes alive; `run` ends with SIGTERM or SIGINT."""

    def __init__(self, *, patience_s: float, sweep_every_s: float) -> None:
        self.patience = timedelta(seconds=patience_s)
        self.sweep_every_s = sweep_every_s
        self.group: subprocess.Popen[bytes] | None = None
        self.seen_at = timezone.now()
        self.rung_at = 0.0
        self.is_stopping = False

    def run(self) -> None:
        """Start the group, ring the sweep, watch the heartbeat, stop cleanly."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_soon)
        try:
            while not self.is_stopping:
                self.look()
                time.sleep(LOOK_EVERY_S)
        finally:
            self.stop()

    def look(self) -> None:
        """One look: is the group there, does its heart beat, is a sweep to be rung."""
        if self.group is None or self.group.poll() is not None:
            self._start()
        try:
            self._ring_sweep()
            self.seen_at = max(self.seen_at, Heartbeat.last() or self.seen_at)
        except DatabaseError as error:
            # A hung task process may be what holds the database: no answer is no heartbeat either.
            log.warning("The database does not answer: %s", type(error).__name__)
            close_old_connections()
        if timezone.now() - self.seen_at > self.patience:
            log.error("No heartbeat for %s: the task processes are started anew.", self.patience)
            self._kill()

    def _start(self) -> None:
        self._kill()  # a sentinel that died leaves its workers behind
        command = [sys.executable, sys.argv[0], "qcluster"]
        self.group = subprocess.Popen(command, start_new_session=True)
        self.seen_at = timezone.now()
        log.info("Task processes started as group %d.", self.group.pid)

    def _ring_sweep(self) -> None:
        if time.monotonic() - self.rung_at >= self.sweep_every_s:
            self.rung_at = time.monotonic()
            if waiting_rings("sweep") == 0:
                ring("sweep")

    def stop(self) -> None:
        """Let the tasks at work end, for a while; then end the group."""
        if self.group is not None and self.group.poll() is None:
            # To django-q2's main process alone: a TERM to the whole group hangs it.
            self.group.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.group.wait(STOP_WITHIN_S)
        self._kill()

    def _kill(self) -> None:
        if self.group is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.group.pid, signal.SIGKILL)
            self.group.wait()
            self.group = None

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True

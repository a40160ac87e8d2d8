"""Keeps one process of the site alive as systemd does: started again soon after it dies."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.demo.site import ROOT, STOP_WITHIN_S
from deploy.testbed.processes import Identity, all_pids, identify, send

MARK = "FREELOADER_CHAOS_PART"  # in the environment of each process, and so of its descendants
AGAIN_AFTER_S = (1.0, 2.0)


class Keeper:
    """One service: its process, whatever that has started, and its log."""

    def __init__(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.mark = f"{MARK}={name}@{folder}"
        self.environment = {**environment, MARK: f"{name}@{folder}"}
        self.log = folder / f"{name}.log"
        self.starts = 0
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=name)

    def start(self) -> None:
        """Start it, and keep it."""
        self._thread.start()

    def _keep(self) -> None:
        while not self._over.is_set():
            self._launch().wait()
            self._over.wait(random.uniform(*AGAIN_AFTER_S))  # noqa: S311 - jitter
            self._end_rest()

    def _launch(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.argv, cwd=ROOT, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, env=self.environment, start_new_session=True)  # fmt: skip
        self.starts += 1
        if self._over.is_set():
            self._process.terminate()
        return self._process

    def _end_rest(self) -> None:
        """What the dead process left behind: systemd ends the rest of a service's group, too."""
        for identity in self.processes():
            send(identity, signal.SIGKILL)

    def stop_soon(self) -> None:
        """TERM to the main process; it is not started again."""
        self._over.set()
        if self._process:
            self._process.terminate()

    def stop(self) -> None:
        """Stop it as systemd does: TERM to the main process, KILL to what is left in the end."""
        self.stop_soon()
        if self._process is None:
            return
        deadline = time.monotonic() + STOP_WITHIN_S
        while self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        self._process.kill()
        self._thread.join()
        self._end_rest()

    def main(self) -> Identity | None:
        """The process itself: a web server's master, a worker's watchdog."""
        process = self._process
        return identify(process.pid) if process else None

    def processes(self) -> list[Identity]:
        """Every living process of the service, the main one included."""
        return [found for pid in all_pids() if self._is_ours(pid) and (found := identify(pid))]

    def tasks(self) -> list[Identity]:
        """All but the main one."""
        main = self.main()
        return [found for found in self.processes() if found != main]

    def _is_ours(self, pid: int) -> bool:
        with suppress(OSError):
            return self.mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return False


def kill_all(identities: Sequence[Identity]) -> None:
    """SIGKILL, to all at once."""
    for identity in identities:
        with suppress(ProcessLookupError):
            os.kill(identity.pid, signal.SIGKILL)

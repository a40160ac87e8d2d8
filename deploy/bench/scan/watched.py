"""A scan through the real processes, and what these hold and write meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from backends.base import ScanFile, ScanReport
from deploy.bench.held import PROC, held_by
from deploy.bench.scan.figures import Watched
from scanning.limits import Budget
from scanning.personal import PersonalDataScanner

WARM_UP = b"Dear Ada Lovelace, call 212-555-0198."
_LOOK_S = 0.1


@contextmanager
def warm_scanner(budget: Budget | None = None) -> Iterator[PersonalDataScanner]:
    """One that has loaded its model, and compiled what Python compiles once."""
    scanner = PersonalDataScanner(budget=budget)
    try:
        for _ in range(2):  # a child loads it, then the zygote
            scanner.scan(file_of(lambda: iter([WARM_UP]), len(WARM_UP)))
        yield scanner
    finally:
        scanner.close()


class Watch(threading.Thread):
    """Looks at the scanner's child, which ends with its file, and at what all have written."""

    def __init__(self, scanner: PersonalDataScanner) -> None:
        super().__init__(daemon=True)
        self._scanner = scanner
        self._is_over = threading.Event()
        self._written: dict[Path, int] = {}
        self._lasting = [PROC / "self", PROC / str(scanner.zygote_pid)]
        self._before = held_by(self._lasting).written_bytes
        self.peak_mib = 0.0

    def run(self) -> None:
        while not self._is_over.wait(_LOOK_S):
            for folder in self._children():
                with suppress(OSError, RuntimeError):  # it has ended, or does so now
                    held = held_by([folder])
                    self.peak_mib = max(self.peak_mib, held.peak_mib)
                    self._written[folder] = held.written_bytes

    def stop(self) -> None:
        """No more looks."""
        self._is_over.set()
        self.join()

    @property
    def written_bytes(self) -> int:
        """By the children, their zygote and this process, since the watch was made."""
        lasting = held_by(self._lasting).written_bytes - self._before
        return lasting + sum(self._written.values())

    def _children(self) -> Sequence[Path]:
        pid = self._scanner.zygote_pid
        with suppress(OSError):
            children = (PROC / f"{pid}/task/{pid}/children").read_text().split()
            return [PROC / child for child in children]
        return []


def watched(scanner: PersonalDataScanner, scan: Callable[[], ScanReport]) -> Watched:
    """What it takes to do this scan."""
    watch = Watch(scanner)
    watch.start()
    began = time.monotonic()
    try:
        report = scan()
    finally:
        seconds = time.monotonic() - began
        watch.stop()
    return Watched(seconds, watch.peak_mib, watch.written_bytes, report.reasons)


def file_of(stream: Callable[[], Iterator[bytes]], size_bytes: int) -> ScanFile:
    """A file that is made as it is read."""

    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield stream()

    return ScanFile(number=1, name="made up", size_bytes=size_bytes, open=opened)

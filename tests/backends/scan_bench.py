"""Files to scan, and the one Presidio, here and in processes of its own, that all tests share."""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from backends.base import ScanFile
from backends.presidio import Presidio
from scanning.evidence import DEFAULT_ENTITIES, presidio_entities
from scanning.personal import PersonalDataScanner

STALL_S = 100.0  # what takes longer is reported as TIMED_OUT: no test's file may


class Stream:
    """A file's bytes in chunks, with a note of how far it was read."""

    def __init__(self, data: bytes, *, chunk_bytes: int = 4096) -> None:
        self.data = data
        self.chunk_bytes = chunk_bytes
        self.read_bytes = 0
        self.before_chunk: Callable[[int], None] = lambda number: None

    def as_file(self, *, size_bytes: int | None = None) -> ScanFile:
        size = len(self.data) if size_bytes is None else size_bytes
        return ScanFile(number=1, name="letter.txt", size_bytes=size, open=self._open)

    @contextmanager
    def _open(self) -> Iterator[Iterator[bytes]]:
        yield self._chunks()

    def _chunks(self) -> Iterator[bytes]:
        for number, at in enumerate(range(0, len(self.data), self.chunk_bytes)):
            self.before_chunk(number)
            chunk = self.data[at : at + self.chunk_bytes]
            self.read_bytes += len(chunk)
            yield chunk


def file_of(data: bytes) -> ScanFile:
    """A file to scan, streamed in small chunks."""
    return Stream(data).as_file()


@cache
def shared_personal_scanner() -> PersonalDataScanner:
    """One for all tests: its model takes seconds to load."""
    scanner = PersonalDataScanner(stall_s=STALL_S)
    atexit.register(scanner.close)
    return scanner


@cache
def shared_presidio() -> Presidio:
    """One for all tests that ask it in their own process."""
    return Presidio(presidio_entities(DEFAULT_ENTITIES))


def child_of(scanner: PersonalDataScanner) -> int:
    """The process that reads the scanner's file now; it may only be on its way."""
    zygote, until = scanner.zygote_pid, time.monotonic() + 120
    while time.monotonic() < until:
        if children := Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split():
            return int(children[0])
    raise TimeoutError("no child was forked")

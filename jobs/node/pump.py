"""What research code prints, on its way into the log: the start and the end of it."""

import contextlib
import os
import threading
from pathlib import Path
from typing import IO, Optional

HEAD_BYTES = 10000000  # of all that the log may get first; later attempts append to it
LEAST_HEAD_BYTES = 1000000
TAIL_BYTES = 1000000
CHUNK_BYTES = 1 << 16
DRAIN_S = 2.0  # for what is still in the pipe; longer only if somebody else holds it open
LOOKS = 20  # in which that is waited for: a node that stands still meanwhile carries nothing


class Pump:
    """Carries a pipe into a log: the first 10 MB and the last 1 MB, whatever is printed.

    A code that prints gigabytes neither fills the cluster's disk nor has to wait for it.
    """

    def __init__(self, pipe: Optional[IO[bytes]], log: Path) -> None:
        assert pipe is not None  # noqa: S101 - whoever has a Pump asked for the pipe
        self.pipe, self.log = pipe, log.open("ab", buffering=0)
        self.room = max(LEAST_HEAD_BYTES, HEAD_BYTES - log.stat().st_size)
        self.tail, self.left_out = bytearray(), 0
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.carry, daemon=True)
        self.thread.start()

    def carry(self) -> None:
        for data in iter(lambda: os.read(self.pipe.fileno(), CHUNK_BYTES), b""):
            with self.lock:
                self.take(data)

    def take(self, data: bytes) -> None:
        head, rest = data[: self.room], data[self.room :]
        self.room -= len(head)
        self.write(head)
        self.tail += rest
        if len(self.tail) > 2 * TAIL_BYTES:
            self.shorten()

    def shorten(self) -> None:
        surplus = max(0, len(self.tail) - TAIL_BYTES)
        self.left_out += surplus
        del self.tail[:surplus]

    def write(self, data: bytes) -> None:
        # a full disk is told elsewhere, here it must not keep the code waiting; ValueError: closed
        with contextlib.suppress(OSError, ValueError):
            self.log.write(data)

    def finish(self) -> None:
        """For when the code's processes have ended: all that they printed is in the log then."""
        for _ in range(LOOKS):
            self.thread.join(DRAIN_S / LOOKS)
        with self.lock:
            self.shorten()
            if self.left_out:
                self.write(b"\n[... %d MB are left out here ...]\n" % (self.left_out // 1000000))
            self.write(bytes(self.tail))
            self.log.close()
        if not self.thread.is_alive():
            self.pipe.close()

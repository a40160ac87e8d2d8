"""How much of one file is read closely, how much is unpacked of it, and how much already was."""

from __future__ import annotations

import time
from dataclasses import dataclass

MiB = 2**20


@dataclass(frozen=True)
class Budget:
    """How much of one file goes to Presidio; the gate looks at every byte in any case."""

    name_chars: int = 3_000_000  # of windows that may hold names: some 40 s of CPU
    pattern_chars: int = 3_000_000  # of windows that show a pattern: some 15 s
    seconds: float = 120  # of CPU for both: a fuse, which makes a sample irreproducible


@dataclass(frozen=True)
class Limits:
    """What ends the unpacking of one file. All count unpacked bytes, over all archives within.

    `ratio`: what is packed well, FASTQ or tables, unpacks to 5 to 20 times its size; zeros to
    1,000 times. It counts beyond `free_bytes` only: small files of one repeated line, and the
    masks of medical images, which are mostly zeros, are no bombs. It is asked of each packed
    stream, which then ends, and of the whole file, whose unpacking then ends.

    `total_bytes`: 100 GB of packed reads, unpacked, twice over. What is small and unpacks to that
    is stopped by the ratio before.

    `members`: 100,000 slices of a large imaging study; each costs about a tenth of a millisecond.

    `depth`: reads packed one by one, in a packed tar, in a zip are four.

    `cpu_s` and `cpu_bytes_per_s` (of the file as it is stored): less than the process is allowed
    in all, so that what was found until then is still told.
    """

    ratio: int = 200
    free_bytes: int = 64 * MiB
    total_bytes: int = 2 * 2**40
    members: int = 100_000
    depth: int = 5
    cpu_s: float = 120
    cpu_bytes_per_s: int = 3 * 10**6


class Meter:
    """What has been unpacked of one file of `stored_bytes`, if that is known."""

    def __init__(self, limits: Limits, stored_bytes: int | None = None) -> None:
        self.limits = limits
        self.stopped_by = ""  # the code of the limit that ended the unpacking of the whole file
        self.cut_depth: int | None = None  # of the packed stream that a limit has just ended
        self.unpacked_bytes = 0
        self._members = 0
        self._stored_bytes = stored_bytes
        self._cpu_until_s = (
            time.process_time() + limits.cpu_s + (stored_bytes or 0) / limits.cpu_bytes_per_s
        )

    def enter(self) -> str:
        """One more member begins: the code of the limit that it meets, or nothing."""
        self._members += 1
        if self._members > self.limits.members:
            self.stopped_by = "ARCHIVE_TOO_MANY_MEMBERS"
        return self.stopped_by or self.unpack(0)

    def unpack(self, size_bytes: int) -> str:
        """So many bytes more came out: the code of the limit that they meet, or nothing."""
        self.unpacked_bytes += size_bytes
        if self.unpacked_bytes > self.limits.total_bytes:
            self.stopped_by = "ARCHIVE_TOO_LARGE"
        elif self._stored_bytes is not None and self.is_bomb(
            self.unpacked_bytes, self._stored_bytes
        ):
            self.stopped_by = "ARCHIVE_RATIO"
        elif time.process_time() >= self._cpu_until_s:
            self.stopped_by = "TIMED_OUT"
        return self.stopped_by

    def cut(self, depth: int) -> None:
        """A packed stream ends at a limit: all that is packed in it ends early, too."""
        self.cut_depth = depth if self.cut_depth is None else min(depth, self.cut_depth)

    def leave(self, depth: int) -> None:
        """What is packed at this depth has been read; what follows is not cut off with it."""
        if self.cut_depth is not None and self.cut_depth >= depth:
            self.cut_depth = None

    def is_cut(self, depth: int) -> bool:
        """Whether what is at this depth now may end early without being damaged."""
        return bool(self.stopped_by) or (self.cut_depth is not None and self.cut_depth <= depth)

    def is_bomb(self, unpacked_bytes: int, packed_bytes: int) -> bool:
        """Whether so much should not come out of so little."""
        return unpacked_bytes > self.limits.free_bytes + self.limits.ratio * packed_bytes

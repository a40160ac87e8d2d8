"""What is measured, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanning.limits import Budget


@dataclass(frozen=True)
class Scale:
    """How much is measured: bytes of text, seconds come of them."""

    compared_bytes: int = 200_000  # naive Presidio takes a minute for so many numbers
    gate_bytes: int = 64_000_000
    small_bytes: int = 10**6
    large_bytes: int = 2 * 10**9
    stored_bytes: int = 2 * 2**30
    rounds: int = 3  # where a round is short
    stored_rounds: int = 2
    budget: Budget = field(default_factory=Budget)
    with_accuracy: bool = True


QUICK = Scale(
    compared_bytes=10_000,
    gate_bytes=8_000_000,
    small_bytes=50_000,
    large_bytes=8_000_000,
    stored_bytes=32 * 2**20,
    rounds=1,
    stored_rounds=1,
    budget=Budget(name_chars=100_000, pattern_chars=100_000),
    with_accuracy=False,
)


@dataclass(frozen=True)
class Compared:
    """One text looked at by naive Presidio and by us: seconds of CPU, and what differs.

    `ours_s` reads tables as text, line by line; `whole_s` is the scan as it is, which reads them
    by their columns. What it finds of these cannot be compared one by one.
    """

    size_bytes: int
    naive_s: float
    ours_s: float
    whole_s: float
    findings: int  # of naive Presidio
    lost: int
    new: int

    @property
    def speedup(self) -> float:
        return self.naive_s / self.ours_s

    @property
    def speedup_whole(self) -> float:
        return self.naive_s / self.whole_s


@dataclass(frozen=True)
class Watched:
    """One file through the scanning processes."""

    seconds: float
    peak_mib: float  # of the process that read it
    written_bytes: int  # to disks, by all processes of ours
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stored:
    """Seconds for a file out of the store: read alone; read and scanned; the same with clamd."""

    read_s: float
    scan_s: float
    scan_with_clamd_s: float | None
    written_bytes: int

    @property
    def ratio(self) -> float:
        """How fast the scan is, where reading alone is 1."""
        return self.read_s / self.scan_s


@dataclass
class Measured:
    """All that was measured."""

    gate_mb_per_s: Mapping[str, float] = field(default_factory=dict)
    compared: dict[str, Compared] = field(default_factory=dict)
    small: Watched = Watched(0, 0, 0)
    large: Watched = Watched(0, 0, 0)
    stored: Stored = Stored(1, 1, None, 0)
    clamd: Mapping[str, float] = field(default_factory=dict)  # empty where there is no clamd
    accuracy: Mapping[str, object] = field(default_factory=dict)  # of `make accuracy`

"""What is measured, and how much of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

GB = 1e9


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    size_mib: int = 1024
    rounds: int = 5
    small_files: int = 100  # as many as a job may leave
    resumes: int = 9
    record_files: int = 10_000
    record_starts: int = 10_000
    jobs: int = 20_000
    looks: int = 5


QUICK = Scale(
    size_mib=48, rounds=1, small_files=20, resumes=3,
    record_files=200, record_starts=200, jobs=200, looks=1,
)  # fmt: skip


@dataclass(frozen=True)
class Fetched:
    """One fetch of some bytes: seconds, and processor seconds of web worker and store meanwhile."""

    seconds: float
    web_s: float
    store_s: float


@dataclass(frozen=True)
class Round:
    """The same files once in the ZIP and once one by one from the store."""

    zip: Fetched
    files: Fetched

    @property
    def ratio(self) -> float:
        """How fast the ZIP is, where the files alone are 1."""
        return self.files.seconds / self.zip.seconds


@dataclass(frozen=True)
class Rounds:
    """Several of them, of results that are so large."""

    size_bytes: int
    rounds: Sequence[Round]

    @property
    def ratio(self) -> float:
        """The median of the rounds' own."""
        return median(one.ratio for one in self.rounds)

    @property
    def zip_s(self) -> float:
        """Until the ZIP was here."""
        return median(one.zip.seconds for one in self.rounds)

    @property
    def files_s(self) -> float:
        """Until the files were here."""
        return median(one.files.seconds for one in self.rounds)

    @property
    def web_s_per_gb(self) -> float:
        """Of the web worker's processor time, for the ZIP."""
        return median(one.zip.web_s for one in self.rounds) / (self.size_bytes / GB)

    @property
    def store_s_per_gb(self) -> float:
        """Of the store's processor time, for the ZIP."""
        return median(one.zip.store_s for one in self.rounds) / (self.size_bytes / GB)


@dataclass(frozen=True)
class Memory:
    """The web worker's memory in MiB: RSS before and after all ZIPs, and its peaks meanwhile."""

    before_mib: float
    peak_of_one_mib: float
    peak_of_four_mib: float
    after_mib: float


@dataclass(frozen=True)
class FirstByte:
    """Seconds from curl's start to the first byte: of the ZIP, of its middle, of a file's."""

    begun_s: float
    resumed_s: float
    file_resumed_s: float


@dataclass(frozen=True)
class Downloads:
    """All that was measured on one API."""

    large: Rounds
    small: Rounds
    memory: Memory
    first_byte: FirstByte


@dataclass(frozen=True)
class Look:
    """One address through the web server: medians in seconds, bytes of the answer, queries."""

    seconds: float
    web_s: float
    size_bytes: int
    queries: int


@dataclass
class Measured:
    """All of it; what reads rows alone is measured on one API, for no store is asked."""

    downloads: dict[str, Downloads] = field(default_factory=dict)
    sums_s_per_gb: float = 0.0  # SHA-256 and CRC-32 alone, of processor time
    looks: dict[str, Look] = field(default_factory=dict)

"""What is measured, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    size_mib: int = 1024
    rounds: int = 5
    distant_mib: int = 256
    small_files: int = 1_000
    few_rounds: int = 3  # where a round takes long, or varies little
    sparse_gib: int = 200
    sparse_sent_mib: int = 2048


QUICK = Scale(
    size_mib=64, rounds=1, distant_mib=32, small_files=50, few_rounds=1, sparse_sent_mib=64
)


@dataclass(frozen=True)
class Work:
    """Processor time in seconds: of the browser or curl, of the store, of the web server."""

    client_s: float = 0.0
    store_s: float = 0.0
    web_s: float = 0.0


@dataclass(frozen=True)
class Round:
    """The same sent once by the page and once by curl, in seconds."""

    page_s: float
    curl_s: float
    page_work: Work = Work()
    curl_work: Work = Work()

    @property
    def ratio(self) -> float:
        """How fast the page is, where curl is 1."""
        return self.curl_s / self.page_s


@dataclass(frozen=True)
class Web:
    """What the web server held of one upload: MiB of memory, bytes on the disk (None: unknown)."""

    before_mib: float
    peak_mib: float
    disk_bytes: int | None


@dataclass(frozen=True)
class Sparse:
    """A file that is far larger than anything else here, on its way: MiB of memory at the peak."""

    sent_mib: float
    web_mib: float
    browser_mib: float


@dataclass
class Measured:
    """All that was measured on one API."""

    loopback: list[Round] = field(default_factory=list)
    gigabit: list[Round] = field(default_factory=list)
    distant: list[Round] = field(default_factory=list)
    small: list[Round] = field(default_factory=list)
    connections: int = 0
    parts_stored: int = 0
    parts_sent_twice: int = 0
    web: Web = Web(0, 0, None)
    sparse: Sparse = Sparse(0, 0, 0)

"""What looks at a file, as Freeloader asks of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum


class Coverage(Enum):
    """How much of a file was looked at (the words are AWS Macie's)."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class ScanFile:
    """A file to look at: `open()` streams it from the start, as often as it is called."""

    number: int
    name: str  # the visitor's own name for it: data, never a path
    size_bytes: int
    open: Callable[[], AbstractContextManager[Iterator[bytes]]]


@dataclass(frozen=True)
class FindingReport:
    """One kind of thing found in one file: where and how often, never the value itself."""

    entity: str  # Presidio's entity or clamd's signature name
    count: int
    score: float
    locations: tuple[str, ...] = ()  # "line 12", at most `MAX_LOCATIONS`


MAX_LOCATIONS = 15


@dataclass(frozen=True)
class ScanReport:
    """What one scanner says of one file."""

    scanner: str
    coverage: Coverage
    size_bytes: int
    scanned_bytes: int
    reasons: tuple[str, ...] = ()  # codes, why the coverage is not COMPLETE, e.g. "NOT_TEXT"
    findings: tuple[FindingReport, ...] = ()
    versions: str = ""


class Scanner(ABC):
    """Looks at a file as a stream. Findings are an answer; `ScanError` is none."""

    name: str

    @abstractmethod
    def scan(self, file: ScanFile) -> ScanReport:
        """Look at one file; `ScanError` (usually transient) where no verdict can be had."""

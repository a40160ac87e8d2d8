"""What looks at a file, as Freeloader asks of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from backends.base.errors import ScanError

Place = tuple[tuple[str, int | str], ...]
"""Where in a file, from the outside in: (("member", 3), ("page", 2)). Never a piece of content.

Kinds: member (of an archive, by number), sheet, slide, page, part (of a document, by its role),
paragraph, row, column (by number), header (a column's name, if it is one of a known dictionary),
line, tag. All numbers count from 1.
"""


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

    def require_whole(self, came_bytes: int) -> None:
        """A transient `ScanError` unless as many bytes came as the file has."""
        if came_bytes != self.size_bytes:
            raise ScanError(
                f"File {self.number} has {self.size_bytes} bytes, but {came_bytes} came.",
                transient=True,
            )


class Unpacked(Protocol):
    """An archive's members, one by one and once; `reasons` stands when the last has been read.

    Each is a place and its bytes, which are read before the next. Archives in it are taken apart
    as well. `reasons` are codes of `scanning.reasons`: why there are members that did not come, or
    not whole. What is no archive has no members and no reasons.
    """

    reasons: Sequence[str]

    def __iter__(self) -> Iterator[tuple[Place, Iterator[bytes]]]: ...


Unpack = Callable[[ScanFile], AbstractContextManager[Unpacked]]
"""Takes an archive apart, away from the worker's process: its bytes are a stranger's."""


@dataclass(frozen=True)
class FindingReport:
    """One kind of thing found in one file: where and how often, never the value itself."""

    entity: str  # Presidio's entity or clamd's signature name
    count: int
    score: float
    locations: tuple[Place, ...] = ()  # at most `MAX_LOCATIONS`


MAX_LOCATIONS = 15


@dataclass(frozen=True)
class ScanReport:
    """What one scanner says of one file.

    `scanned_bytes` are of the file as stored; of a packed file they are reckoned from how much
    of its content was looked at. `seed` is what chose the samples, where only samples were read.
    """

    scanner: str
    coverage: Coverage
    size_bytes: int
    scanned_bytes: int
    reasons: tuple[str, ...] = ()  # codes, why the coverage is not COMPLETE: see scanning.reasons
    findings: tuple[FindingReport, ...] = ()
    method: str = ""  # what the file was read as: "text", "table", "zip", "windows"
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)  # of scanner, rules, model, …


class Scanner(ABC):
    """Looks at a file as a stream. Findings are an answer; `ScanError` is none."""

    name: str

    @abstractmethod
    def scan(self, file: ScanFile) -> ScanReport:
        """Look at one file; `ScanError` (usually transient) where no verdict can be had."""

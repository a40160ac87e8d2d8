"""Files read by the scanner itself, as a worker has them read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass
from typing import TypeVar

from backends.base import FindingReport, ScanFile, Scanner, ScanReport
from scanning.personal import PersonalDataScanner
from scanning.policy import Handling, Policy

PROCESSES = 2
_RULE = Policy().personal_data
T = TypeVar("T")


@dataclass(frozen=True)
class Reading:
    """What the default policy makes of a report: what holds a file, and what is only told."""

    report: ScanReport

    @property
    def strong(self) -> Mapping[str, int]:
        """What would hold the file: entities, and how many of each."""
        return {one.entity: one.count for one in self._that_make(Handling.HOLD)}

    @property
    def weak(self) -> frozenset[str]:
        """The entities that are only told."""
        return frozenset(one.entity for one in self._that_make(Handling.WARN))

    def _that_make(self, handling: Handling) -> Iterator[FindingReport]:
        return (
            one
            for one in self.report.findings
            if _RULE.of_finding(one.entity, one.score) is handling
        )


def read_all(
    contents: Sequence[bytes], *, done: Callable[[int], None] = lambda _: None
) -> list[Reading]:
    """What the scanner reports of each; `done` is told how many are read."""
    with ExitStack() as stack, ThreadPoolExecutor(PROCESSES) as pool:
        own = threading.local()

        def read_one(content: bytes) -> Reading:
            if not hasattr(own, "scanner"):
                own.scanner = stack.enter_context(closing(PersonalDataScanner()))
            return read(own.scanner, content)

        return list(_counted(pool.map(read_one, contents), done))


def read(scanner: Scanner, content: bytes) -> Reading:
    """What this scanner reports of a file with this content."""
    return Reading(scanner.scan(_scan_file(content)))


def _counted(items: Iterator[T], done: Callable[[int], None]) -> Iterator[T]:
    for number, item in enumerate(items, start=1):
        yield item
        done(number)


def _scan_file(content: bytes) -> ScanFile:
    """The file under a name that tells nothing: the scanner goes by content."""
    return ScanFile(1, "file", len(content), lambda: nullcontext(iter((content,))))

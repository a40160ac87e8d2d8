"""One file looked at for personal data, as a stream: by the reader for what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from backends.base import ScanError
from scanning.budget import Purse
from scanning.examination import Examination
from scanning.gate import Gate
from scanning.limits import Budget, Limits, Meter
from scanning.look import Inspection, Look
from scanning.readers import READERS
from scanning.recognizers import Recognizer
from scanning.sources import Source, TooLarge
from scanning.tools import Analyzer, Tools
from scanning.types import Kind, kind_of


class Examiner:
    """Looks at one file after another. `recognizers` are those beside Presidio's; None: ours."""

    def __init__(
        self,
        analyzer: Analyzer,
        entities: Sequence[str],
        budget: Budget,
        limits: Limits | None = None,
        recognizers: Sequence[Recognizer] | None = None,
    ) -> None:
        self._budget = budget
        self._limits = limits or Limits()
        self._tools = Tools(analyzer, entities, Gate(entities, recognizers), self._look_at)

    def examine(
        self, chunks: Iterator[bytes], *, size_bytes: int | None = None, seed: int = 0
    ) -> Examination:
        """The findings in a file's bytes, of which there are `size_bytes` if that is known.

        What has no reader is not read beyond its head. `seed` chooses samples. What was found
        before the memory ran out is kept.
        """
        source = Source(chunks, size_bytes)
        meter = Meter(self._limits, size_bytes)
        look = Inspection(Purse(self._budget, seed), seed, meter).look()
        kind = kind_of(source.head())
        timeouts_before = self._tools.analyzer.timeouts
        _within_memory(lambda: self._look_at(source, look), source, look)
        _within_memory(look.inspection.purse.settle, source, look)
        if self._tools.analyzer.timeouts > timeouts_before:
            look.missed("PATTERN_TIMED_OUT")
        return look.inspection.examination(
            source.size_bytes or source.read_bytes, kind.value, read_bytes=source.read_bytes
        )

    def _look_at(self, source: Source, look: Look) -> None:
        kind = kind_of(source.head())
        if kind is Kind.EMPTY:
            return
        if look.depth > self._limits.depth:
            look.missed("ARCHIVE_TOO_DEEP", source.size_bytes or source.read_bytes)
            return
        reader = READERS.get(kind)
        if reader is None:
            look.unsupported(source.size_bytes or source.read_bytes)
            return
        try:
            reader(source, look, self._tools)
        except TooLarge:
            look.missed("TOO_LARGE")
        except (ScanError, MemoryError, OSError):
            raise
        except Exception:
            look.missed("DAMAGED")  # whatever a library says of it may quote the content


def _within_memory(step: Callable[[], None], source: Source, look: Look) -> None:
    try:
        step()
    except MemoryError:
        unread_bytes = (source.size_bytes or 0) - source.read_bytes
        look.missed("OUT_OF_MEMORY", max(unread_bytes, 0))

"""Which bytes of which pieces make each part of a joined object: pure arithmetic.

S3 copies a piece inside the store only as a part of at least 5 MiB (the last may be smaller).
Smaller pieces have to be read and sent again, gathered into parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backends.base import PartLimits, StoredObject

GATHER_BYTES = 16 * 2**20  # held in memory for one part of small pieces
COPY_BYTES = 512 * 2**20  # one copy is one request, and must end before it times out


@dataclass(frozen=True)
class Span:
    """Bytes `start` to `end` (not included) of the object `name`."""

    name: str
    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class JoinPart:
    """One part: copied inside the store if `is_copy` (then one span), else read and sent."""

    spans: tuple[Span, ...]
    is_copy: bool


def plan_join(pieces: Sequence[StoredObject], limits: PartLimits) -> list[JoinPart]:
    """The parts, in order; every one but the last has at least `limits.min_part_bytes`."""
    total = sum(piece.size_bytes for piece in pieces)
    copy_bytes = max(COPY_BYTES, 2 * limits.min_part_bytes, 2 * -(-total // limits.max_parts))
    plan = _Plan(limits.min_part_bytes, min(copy_bytes, limits.max_part_bytes))
    for piece in pieces:
        plan.add(Span(piece.name, 0, piece.size_bytes))
    return plan.finish()


class _Plan:
    def __init__(self, min_bytes: int, copy_bytes: int) -> None:
        self._min, self._copy = min_bytes, copy_bytes
        self._gather_limit = max(min_bytes, GATHER_BYTES)
        self._parts: list[JoinPart] = []
        self._gathered: list[Span] = []

    def add(self, span: Span) -> None:
        lacking = max(0, self._min - self._gathered_bytes) if self._gathered else 0
        if span.size_bytes < lacking + self._min:
            return self._gather(span)
        cut = span.start + lacking  # its head fills the part before it, so the rest can be copied
        self._gather(Span(span.name, span.start, cut))
        self._flush()
        self._parts += [
            JoinPart((piece,), is_copy=True)
            for piece in split(Span(span.name, cut, span.end), self._copy)
        ]

    def finish(self) -> list[JoinPart]:
        self._flush()
        return self._parts

    @property
    def _gathered_bytes(self) -> int:
        return sum(span.size_bytes for span in self._gathered)

    def _gather(self, span: Span) -> None:
        if span.size_bytes:
            self._gathered.append(span)
        if self._gathered_bytes >= self._gather_limit:
            self._flush()

    def _flush(self) -> None:
        if self._gathered:
            self._parts.append(JoinPart(tuple(self._gathered), is_copy=False))
        self._gathered = []


def split(span: Span, max_bytes: int) -> Iterator[Span]:
    """`span` in pieces of about equal size, none above `max_bytes`."""
    count = max(1, -(-span.size_bytes // max_bytes))
    step = -(-span.size_bytes // count)
    for start in range(span.start, span.end, step):
        yield Span(span.name, start, min(start + step, span.end))

"""What readers work with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from backends.presidio import RawFinding
from scanning.gate import Gate
from scanning.look import Look
from scanning.sources import Source


class Analyzer(Protocol):
    """What is asked of `backends.presidio.Presidio`."""

    @property
    def timeouts(self) -> int: ...

    def analyze(self, text: str, *, by_model: bool = True) -> list[RawFinding]: ...


@dataclass(frozen=True)
class Tools:
    """Made once for many files.

    `look_at(source, look)` finds the reader for any content and has it read: for readers of
    what holds other files.
    """

    analyzer: Analyzer
    entities: Sequence[str]
    gate: Gate
    look_at: Callable[[Source, Look], None]


Reader = Callable[[Source, Look, Tools], None]
"""Reads one kind of content to its end, or says through the look what it missed.

It may raise what its library raises on content that is not as it should be: `examine` makes
DAMAGED of that. A `ScanError` is for what is wrong with the scanner itself.
"""

"""Text as a stream: every window by the gate, and by Presidio where the gate has a hit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanning.evidence import evidence_in
from scanning.look import Look
from scanning.sources import Source
from scanning.text import Window, decoded, windows
from scanning.tools import Tools
from scanning.types import UTF_8, text_encoding


def read_text_file(source: Source, look: Look, tools: Tools) -> None:
    """A file of text, in whatever encoding its head shows."""
    encoding = text_encoding(source.head()) or UTF_8
    chars = read_text(decoded(source, encoding), look, tools)
    chars.reckon(source.read_bytes, look)


def read_text(
    pieces: Iterable[str], look: Look, tools: Tools, *, unit: str | None = "line"
) -> Chars:
    """Text that some reader has taken out of a file; findings are given with their lines.

    `unit` is the kind of place that a line of it is; None if it is too short to tell them apart.
    """
    reading = _Reading(look, tools, unit, Chars())
    timeouts_before = tools.analyzer.timeouts
    for window in windows(pieces):
        reading.at(window)
    if tools.analyzer.timeouts > timeouts_before:
        look.missed("PATTERN_TIMED_OUT")
    return reading.chars


@dataclass
class Chars:
    """How many characters a text had, and how many should have gone to Presidio but did not."""

    all: int = 0
    passed_over: int = 0

    def __add__(self, other: Chars) -> Chars:
        return Chars(self.all + other.all, self.passed_over + other.passed_over)

    def reckon(self, size_bytes: int, look: Look) -> None:
        """Tell the look how many of the text's `size_bytes` were seen, and how many were not."""
        missed_bytes = size_bytes * self.passed_over // max(self.all, 1)
        look.seen(size_bytes - missed_bytes)
        if self.passed_over:
            look.sampled(missed_bytes)


@dataclass
class _Reading:
    look: Look
    tools: Tools
    unit: str | None
    chars: Chars

    def at(self, window: Window) -> None:
        """Look at one window as closely as the gate's hits and the budget say."""
        new_chars = len(window.text) - window.seen
        self.chars.all += new_chars
        if "\0" in window.text:
            self.look.missed("BINARY_PARTS")
        hits = self.tools.gate.hits(window.text, is_start=not window.seen)
        if not (hits.pattern or hits.name):
            return
        if self.look.inspection.purse.pays_for(hits, new_chars):
            self._ask_presidio(window)
        else:
            self.chars.passed_over += new_chars

    def _ask_presidio(self, window: Window) -> None:
        raw = self.tools.analyzer.analyze(window.text)
        for evidence in evidence_in(window.text, raw, self.tools.entities):
            if window.owns(evidence.end):
                line = window.line_at(evidence.start)
                within = [(self.unit, line)] if self.unit else []
                self.look.found(evidence.entity, evidence.score, *within)

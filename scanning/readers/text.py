"""Text as a stream: every window by the gate, and by Presidio where the gate has a hit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from scanning.evidence import Evidence, evidence_in
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
    chars = Chars()
    for window in windows(pieces):
        new_chars = len(window.text) - window.seen
        chars.all += new_chars
        if "\0" in window.text:
            look.missed("BINARY_PARTS")
        hits = tools.gate.hits(window.text, is_start=not window.seen)
        if hits:
            reading = CloseReading(window, look, tools, unit)
            look.inspection.purse.ask(hits, new_chars, reading.read)
    return chars


@dataclass
class Chars:
    """How many characters a text had, and how many its reader left out as a sample's rest."""

    all: int = 0
    passed_over: int = 0

    def __add__(self, other: Chars) -> Chars:
        return Chars(self.all + other.all, self.passed_over + other.passed_over)

    def reckon(self, size_bytes: int, look: Look) -> None:
        """Tell the look how many of the text's `size_bytes` were seen, and how many were not."""
        missed_bytes = size_bytes * self.passed_over // max(self.all, 1)
        look.inspection.text_bytes += size_bytes
        look.inspection.text_chars += self.all
        look.seen(size_bytes - missed_bytes)
        if self.passed_over:
            look.sampled(missed_bytes)


@dataclass
class CloseReading:
    """What Presidio finds in one window, read by patterns, with the model, or one after another."""

    window: Window
    look: Look
    tools: Tools
    unit: str | None
    found: list[Evidence] = field(default_factory=list)

    def read(self, by_model: bool) -> None:
        """Tell the look of what was not found before."""
        text, before = self.window.text, tuple(self.found)
        raw = self.tools.analyzer.analyze(text, by_model=by_model)
        for evidence in evidence_in(text, raw, self.tools.entities):
            if self.window.owns(evidence.end) and not any(map(evidence.overlaps, before)):
                self.found.append(evidence)
                line = self.window.line_at(evidence.start)
                within = [(self.unit, line)] if self.unit else []
                self.look.found(evidence.entity, evidence.score, *within)

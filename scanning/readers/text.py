"""Text as a stream: every window by the gate, and by Presidio where the gate has a hit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from scanning.evidence import Evidence, evidence_in
from scanning.look import Look
from scanning.plain import spread
from scanning.sources import Source
from scanning.text import Window, decoded, windows
from scanning.tools import Tools
from scanning.types import UTF_8, controls_in, text_encoding

_CHECKED_BYTES = 4_096
_MAX_CONTROLS = 80  # in so many bytes; a text has hardly any
# Base64 in mail and web pages, and pictures in notebooks: they hold a file of their own.
_ENCODED = re.compile(rb"(?i)content-transfer-encoding:\s*base64|;base64,")
_PACKED_OUTPUT = re.compile(rb'"(?:image|application)/\w+": ?"[\w+/]{9}')
_BASE64, _OUTPUTS = (b"ase64", b"ASE64"), (b'"image/', b'"application/')
_LONGEST_START_BYTES = 64
_PRINTABLE = "".join(rf"\u{high:02x}20-\u{high:02x}7e" for high in range(0x20, 0x7F))
_SWAPPED = "".join(rf"\u{low:02x}00" for low in range(0x20, 0x7F))
# Bytes of ASCII taken for wide characters, and wide ones in the other order: twelve such in a row
# are no Chinese. Of an address or a number it may be fewer.
_NOT_WIDE = re.compile(rf"\0|\ufffd|[{_SWAPPED}]{{6}}|[{_PRINTABLE}]{{12}}")
_SHORT_NOT_WIDE = re.compile(rf"[{_PRINTABLE}]{{4,11}}")
_SHAPE = re.compile(rb"[\w-]@[\w-]+\.\w|\d-\d\d-\d{4}")


def read_text_file(source: Source, look: Look, tools: Tools) -> None:
    """A file of text, in whatever encoding its head shows."""
    encoding = text_encoding(source.head()) or UTF_8
    chars = read_text(text_of(source, encoding, look), look, tools)
    chars.reckon(source.read_bytes, look)


def text_of(source: Source, encoding: str, look: Look) -> Iterator[str]:
    """The source decoded; tells the look of what in it is no text of this encoding."""
    if encoding.startswith(("utf-16", "utf-32")):
        for piece in decoded(source, encoding):
            if _has_narrow_parts(piece):
                look.missed("BINARY_PARTS")
            yield piece
    else:
        yield from decoded(_checked(source, look), encoding)


def _checked(chunks: Iterable[bytes], look: Look) -> Iterator[bytes]:
    tail = b""
    for chunk in chunks:
        if b"\0" in chunk or _is_binary_somewhere(chunk):
            look.missed("BINARY_PARTS")
        if _has_encoded_parts(tail + chunk):
            look.missed("ENCODED_PARTS")
        tail = chunk[-_LONGEST_START_BYTES:]
        yield chunk


def _has_encoded_parts(data: bytes) -> bool:
    if any(word in data for word in _BASE64) and _ENCODED.search(data):
        return True
    has_outputs = b'"' in data and any(begin in data for begin in _OUTPUTS)
    return has_outputs and _PACKED_OUTPUT.search(data) is not None


def _is_binary_somewhere(chunk: bytes) -> bool:
    return controls_in(chunk) > _MAX_CONTROLS and any(
        controls_in(chunk[at : at + _CHECKED_BYTES]) > _MAX_CONTROLS
        for at in range(0, len(chunk), _CHECKED_BYTES)
    )


def _has_narrow_parts(text: str) -> bool:
    """Whether some of a text in UTF-16 or UTF-32 was written in another encoding."""
    if text.isascii():
        return "\0" in text
    return bool(_NOT_WIDE.search(text)) or any(
        _SHAPE.search(match[0].encode(order))
        for match in _SHORT_NOT_WIDE.finditer(text)
        for order in ("utf-16-le", "utf-16-be")
    )


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
        window, before = _spread(self.window), tuple(self.found)
        text = window.text
        raw = self.tools.analyzer.analyze(text, by_model=by_model)
        for evidence in evidence_in(text, raw, self.tools.entities):
            if window.owns(evidence.end) and not any(map(evidence.overlaps, before)):
                self.found.append(evidence)
                line = window.line_at(evidence.start)
                within = [(self.unit, line)] if self.unit else []
                self.look.found(evidence.entity, evidence.score, *within)


def _spread(window: Window) -> Window:
    seen = len(spread(window.text[: window.seen]))
    return replace(window, text=spread(window.text), seen=seen)

"""A text read as a stream: decoded, and cut into windows that overlap; memory stays bounded."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from scanning.plain import ESCAPE_STARTS, MAX_ESCAPE_CHARS, plain

WINDOW_CHARS = 8_000  # new text in each; Presidio's time is quadratic in it
OVERLAP_CHARS = 256  # longer than any entity with the words before it
_MIN_WINDOW_CHARS = WINDOW_CHARS // 2  # a line end is looked for in the second half only


@dataclass(frozen=True)
class Window:
    """A stretch of text with the last characters of the window before it."""

    text: str
    first_line: int  # of the file, counted from 1, where `text` begins
    seen: int  # how much of `text` the window before has shown, in characters
    is_last: bool

    def owns(self, end: int) -> bool:
        """Whether what ends at this offset of `text` is to be counted here.

        True in exactly one of two overlapping windows, and there the end is not cut off.
        """
        return end >= self.seen and (end < len(self.text) or self.is_last)

    def line_at(self, offset: int) -> int:
        """The file's line at this offset of `text`."""
        return self.first_line + self.text.count("\n", 0, offset)


def decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """The chunks as text, whatever bytes they hold; a character may be cut between chunks.

    Bytes that are not UTF-8 are read as cp1252, those of other encodings become U+FFFD.
    """
    errors = "cp1252" if encoding.startswith("utf-8") else "replace"
    decoder = codecs.getincrementaldecoder(encoding)(errors=errors)
    for chunk in chunks:
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def windows(pieces: Iterable[str], rewritten: Callable[[str], str] = plain) -> Iterator[Window]:
    """The text in windows of at most `WINDOW_CHARS` + `OVERLAP_CHARS`, cut at line ends.

    It is `rewritten` by something that keeps its line ends. A line too long for that is cut where
    it must be. Nothing for an empty text.
    """
    rest, tail, line = "", "", 1
    for piece in pieces:
        rest += piece
        start = 0
        while len(rest) - start > WINDOW_CHARS:
            end = _cut(rest, start)
            window = Window(tail + rewritten(rest[start:end]), line, len(tail), is_last=False)
            yield window
            start, tail = end, window.text[-OVERLAP_CHARS:]
            line = window.line_at(len(window.text) - len(tail))
        rest = rest[start:]
    if rest:
        yield Window(tail + rewritten(rest), line, len(tail), is_last=True)


def _cut(text: str, start: int) -> int:
    """Where the window that begins at `start` ends: after its last line end, if it has one."""
    limit = start + WINDOW_CHARS
    return text.rfind("\n", start + _MIN_WINDOW_CHARS, limit) + 1 or before_escape(text, limit)


def before_escape(text: str, end: int) -> int:
    """The end, or a little before it, where an escape might be cut in two."""
    starts = (text.rfind(sign, end - MAX_ESCAPE_CHARS, end) for sign in ESCAPE_STARTS)
    return min((at for at in starts if at >= 0), default=end)


def _read_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Error handler for codecs: the offending bytes, one by one, as cp1252 or else Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return "".join(_CP1252[byte] for byte in stray), error.end


# The five bytes that cp1252 leaves undefined are control characters in Latin-1.
_CP1252 = [bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256)]
codecs.register_error("cp1252", _read_as_cp1252)

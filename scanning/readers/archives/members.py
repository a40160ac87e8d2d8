"""What all archive formats do alike: members are counted and named, and end where they must."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanning.look import Look
from scanning.readers.archives.streams import Stream, Unreadable
from scanning.sources import Source

MAX_NAMES_CHARS = 4 * 2**20
_SEPARATORS = str.maketrans({"_": " ", "/": ", ", "\\": ", "})
_VISIBLE = re.compile(rb"[ -~\x80-\xff]{6,}")  # between the bytes of fields that are numbers
_SUFFIX = re.compile(r"\.\w{1,6}\Z")

Opened = Iterator[tuple[Look, Source]]


class Names:
    """What the members of one archive are called: line n is member n."""

    def __init__(self) -> None:
        self.is_full = False
        self._lines: list[str] = []
        self._chars = 0

    def add(self, text: str) -> None:
        """The name of the next member, with whatever else its header says in words."""
        self._chars += len(text) + 1
        self.is_full = self._chars > MAX_NAMES_CHARS
        if not self.is_full:
            self._lines.append(" ".join(text.splitlines()))

    @property
    def text(self) -> str:
        """One a line, as people would write them."""
        return "\n".join(map(_in_words, self._lines))


def visible(*fields: bytes) -> str:
    """What stands in a header's fields as text, whatever else they hold."""
    found = (match[0] for one in fields for match in _VISIBLE.finditer(one))
    return " ".join(text.decode("utf-8", "replace") for text in found)


def _in_words(name: str) -> str:
    """Programs put "_" and "/" where people mean a blank and a comma, and a suffix at the end.

    In words the model took 1 of 3,000 paths of programs for a person, as they stand 10; of 106
    names of files with a person's it recognised 18, as they stand 12.
    """
    words = _SUFFIX.sub("", name).translate(_SEPARATORS)
    return f"{words} {name}" if "@" in name else words  # .org may be a suffix or an address's end


@dataclass
class Archive:
    """An archive that is being taken apart, in one pass over its bytes."""

    stream: Stream
    look: Look
    names: Names
    size_bytes: int | None
    members: int = 0

    def enter(self, name: str) -> Look:
        """The look at the next member; `Ended` if there are too many."""
        self.members += 1
        if reason := self.look.inspection.meter.enter():
            raise Ended(reason)
        self.names.add(name)
        return self.look.member(self.members)

    def content(self, look: Look, pieces: Iterator[bytes], size_bytes: int | None = None) -> Source:
        """What is packed in a member, to its end or to a limit; the look is told why.

        Whoever reads it gets no error, but fewer bytes: what is told of those stays true.
        """
        return Source(self._bounded(look, pieces, size_bytes), size_bytes)

    def _bounded(
        self, look: Look, pieces: Iterator[bytes], size_bytes: int | None
    ) -> Iterator[bytes]:
        meter, began, out_bytes = look.inspection.meter, self.stream.position, 0
        try:
            for piece in pieces:
                used_bytes = self.stream.position - began
                reason = meter.unpack(len(piece))
                if not reason and meter.is_bomb(out_bytes + len(piece), used_bytes):
                    reason = "ARCHIVE_RATIO"
                if reason:
                    raise Ended(reason)
                if piece:
                    out_bytes += len(piece)
                    yield piece
        except Unreadable as error:
            tell(error, look, self._left_bytes(size_bytes, out_bytes))
            if isinstance(error, Ended):
                meter.cut(look.depth)

    def _left_bytes(self, size_bytes: int | None, out_bytes: int) -> int:
        """About how much of a member did not come: reckoned from the rest of the archive."""
        if size_bytes is None:
            used_bytes = self.stream.position
            packed_bytes = max((self.size_bytes or 0) - used_bytes, 0)
            return packed_bytes * out_bytes // max(used_bytes, 1)
        return max(size_bytes - out_bytes, 0)


class Ended(Unreadable):
    """A limit is met."""


def tell(error: Unreadable, look: Look, size_bytes: int = 0) -> None:
    """Say that something is unreadable, unless it only ends where a limit ended it."""
    is_cut = look.inspection.meter.is_cut(look.depth)
    if isinstance(error, Ended) or (error.reason and not is_cut):
        look.missed(error.reason, size_bytes)


Open = Callable[[Archive], Opened]
"""Gives the members of an archive, each to be read before the next; `Unreadable` where it ends."""

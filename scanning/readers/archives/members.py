"""What all archive formats do alike: members are counted and named, and end where they must."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanning.look import Look
from scanning.readers.archives.streams import Stream, Unreadable
from scanning.sources import Source

MAX_NAMES_CHARS = 4 * 2**20
_BLANKS = str.maketrans("_/\\", "   ")

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
        """One a line, in words: programs put "_" and "/" where people mean a blank."""
        return "\n".join(self._lines).translate(_BLANKS)


@dataclass
class Archive:
    """An archive that is being taken apart, in one pass over its bytes."""

    stream: Stream
    look: Look
    names: Names
    members: int = 0

    def enter(self, name: str) -> Look:
        """The look at the next member; `Stopped` if there are too many."""
        self.members += 1
        if reason := self.look.inspection.meter.enter():
            raise Stopped(reason)
        self.names.add(name)
        return self.look.member(self.members)

    def bounded(self, pieces: Iterator[bytes], look: Look) -> Iterator[bytes]:
        """The pieces, some of them empty, to their end or to a limit; the look is told why.

        Whoever reads them gets no error, but fewer bytes: what is told of those stays true.
        """
        meter, began, out_bytes = look.inspection.meter, self.stream.position, 0
        try:
            for piece in pieces:
                out_bytes += len(piece)
                reason = meter.unpack(len(piece))
                if not reason and meter.is_bomb(out_bytes, self.stream.position - began):
                    reason = "ARCHIVE_RATIO"
                if reason:
                    look.missed(reason)
                    meter.cut(look.depth)
                    return
                if piece:
                    yield piece
        except Unreadable as error:
            tell(error, look)


class Stopped(Unreadable):
    """A limit of the whole file is met."""


def tell(error: Unreadable, look: Look) -> None:
    """Say that something is unreadable, unless it only ends where a limit ended it."""
    is_cut = look.inspection.meter.is_cut(look.depth)
    if isinstance(error, Stopped) or (error.reason and not is_cut):
        look.missed(error.reason)


Open = Callable[[Archive], Opened]
"""Gives the members of an archive, each to be read before the next; `Unreadable` where it ends."""

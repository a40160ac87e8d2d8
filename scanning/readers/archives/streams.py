"""Bytes taken by number out of a stream, for formats that are made of records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

PIECE_BYTES = 2**16
TOLD = ""  # the reason of what is told already


class Unreadable(Exception):
    """The content is not what its format demands, or ends too early; `reason` is the code."""

    def __init__(self, reason: str = "DAMAGED") -> None:
        super().__init__(reason)
        self.reason = reason


class Stream:
    """Chunks as one run of bytes; `position` is how many of them were taken."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._chunk = b""
        self._at = 0
        self.position = 0

    def peek(self, size: int) -> bytes:
        """The next bytes, which stay to be taken; fewer only at the end."""
        while len(self._chunk) - self._at < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._chunk, self._at = self._chunk[self._at :] + chunk, 0
        return self._chunk[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """The next bytes; `Unreadable` if there are fewer."""
        data = self.peek(size)
        if len(data) < size:
            raise Unreadable
        self._advance(size)
        return data

    def pieces(self, size: int | None = None) -> Iterator[bytes]:
        """The next bytes, or all, in pieces of at most `PIECE_BYTES`; fewer only at the end."""
        end = None if size is None else self.position + size
        while end is None or self.position < end:
            if self._at == len(self._chunk):
                self.peek(1)
            left = PIECE_BYTES if end is None else min(PIECE_BYTES, end - self.position)
            piece = self._chunk[self._at : self._at + left]
            if not piece:
                return
            self._advance(len(piece))
            yield piece

    def whole(self, size: int) -> Iterator[bytes]:
        """The next bytes in pieces; `Unreadable` if there are fewer."""
        end = self.position + size
        yield from self.pieces(size)
        if self.position < end:
            raise Unreadable

    def give_back(self, size: int) -> None:
        """Take back so many of the bytes of the last piece."""
        self._advance(-size)

    def skip_to(self, position: int) -> None:
        """Pass over what comes before; `Unreadable` if it ends there."""
        for _ in self.whole(position - self.position):
            pass

    def skip_zeros(self) -> None:
        """Pass over zero bytes."""
        for piece in self.pieces():
            if rest := piece.lstrip(b"\0"):
                self.give_back(len(rest))
                return

    def _advance(self, size: int) -> None:
        self._at += size
        self.position += size

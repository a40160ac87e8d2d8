"""Bytes to look at: a stream that is read once, from its start."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from scanning.types import HEAD_BYTES

MAX_HELD_BYTES = 256 * 2**20  # of what can only be read as a whole


class TooLarge(Exception):
    """More bytes than may be held in memory."""


class Source:
    """A file, or a part of one, of `size_bytes` if that is known before its end.

    Iterating gives its chunks, once; `read_bytes` counts them, a head that was only peeked at
    too. Errors of the stream's own source pass through.
    """

    def __init__(self, chunks: Iterable[bytes], size_bytes: int | None = None) -> None:
        self.size_bytes = size_bytes
        self.read_bytes = 0
        self._stream = iter(chunks)
        self._head = b""

    def head(self, size_bytes: int = HEAD_BYTES) -> bytes:
        """Its first bytes, so many or all it has; they stay to be read.

        No more, for what a file is taken for must not depend on how its bytes came.
        """
        pieces, held_bytes = [self._head], len(self._head)
        while held_bytes < size_bytes and (chunk := self._next()):
            pieces.append(chunk)
            held_bytes += len(chunk)
        self._head = b"".join(pieces)
        return self._head[:size_bytes]

    def __iter__(self) -> Iterator[bytes]:
        head, self._head = self._head, b""
        if head:
            yield head
        while chunk := self._next():
            yield chunk

    def held(self, limit: int = MAX_HELD_BYTES) -> io.BytesIO:
        """All of it in memory, to be read in any order; `TooLarge` beyond the limit."""
        whole = io.BytesIO()
        for chunk in self:
            if whole.tell() + len(chunk) > limit:
                raise TooLarge
            whole.write(chunk)
        whole.seek(0)
        return whole

    def drain(self) -> int:
        """Read the rest away, and return how many bytes it had."""
        return sum(map(len, self))

    def _next(self) -> bytes:
        for chunk in self._stream:
            if chunk:
                self.read_bytes += len(chunk)
                return chunk
        return b""

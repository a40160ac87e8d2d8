"""A stream cut into pieces that clamd takes."""

from __future__ import annotations

from collections.abc import Iterator

from backends.clamav.client import CHUNK_BYTES


class Windows:
    """A stream in windows, each beginning with the last bytes of the one before.

    What a window's taker leaves unread is the next one's.
    """

    def __init__(self, stream: Iterator[bytes], *, window_bytes: int, overlap_bytes: int) -> None:
        self.count = 0
        self.read_bytes = 0  # of the stream; what is handed out twice counts once
        self._stream = stream
        self._window_bytes = window_bytes
        self._overlap_bytes = overlap_bytes
        self._tail = b""
        self._ahead = next(stream, b"")

    def __iter__(self) -> Iterator[Iterator[bytes]]:
        """One window at least: an empty file is looked at, too."""
        while self._ahead or not self.count:
            self.count += 1
            yield self._window()

    def _window(self) -> Iterator[bytes]:
        room = self._window_bytes - len(self._tail)
        if self._tail:
            yield self._tail
        while self._ahead and room > 0:
            chunk = self._take(min(room, CHUNK_BYTES))
            room -= len(chunk)
            yield chunk

    def _take(self, at_most: int) -> bytes:
        chunk, self._ahead = self._ahead[:at_most], self._ahead[at_most:]
        self._ahead = self._ahead or next(self._stream, b"")
        self.read_bytes += len(chunk)
        self._tail = self._end_of(chunk)
        return chunk

    def _end_of(self, chunk: bytes) -> bytes:
        """What the next window begins with, if this one ends here."""
        if not self._overlap_bytes:
            return b""
        whole = chunk if len(chunk) >= self._overlap_bytes else self._tail + chunk
        return whole[-self._overlap_bytes :]

"""All of a job's results in one ZIP, made while it is sent: never whole in memory, never on a disk.

Sizes and CRC-32s are known from rows, so every byte has its place before the first is read. A
download goes on anywhere, and what was sent before is not read again.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property

from backends.base import Store, StoreError
from jobs.results.archive import zip_format
from jobs.results.archive.zip_format import Entry

BLOCK_BYTES = 2**16  # what is smaller is sent together


@dataclass(frozen=True)
class File:
    """A file of an archive: an object in the store, or `data` of our own."""

    entry: Entry
    sha256: str = ""
    object_name: str = ""
    data: bytes = b""

    @property
    def size_bytes(self) -> int:
        """Of the file alone."""
        return self.entry.size_bytes

    @property
    def header(self) -> bytes:
        """What stands before it."""
        return zip_format.local_header(self.entry)


class Archive:
    """The plan of one ZIP; of the same files all its bytes are the same, whenever they are read."""

    def __init__(self, files: Iterable[File]) -> None:
        self._files = list(files)
        starts_at = sum(len(file.header) + file.size_bytes for file in self._files)
        directory = sum(map(len, self._directory()))
        self._end = zip_format.end_of_archive(len(self._files), starts_at, directory)
        self.size_bytes = starts_at + directory + len(self._end)

    @cached_property
    def digest(self) -> str:
        """Another one for an archive of other bytes."""
        sums = hashlib.sha256()
        for file in self._files:
            sums.update(file.header + file.sha256.encode())
        return sums.hexdigest()[:32]

    def read(self, store: Store, start: int, stop: int) -> Generator[bytes, None, None]:
        """The bytes from `start` to before `stop`; a `StoreError` breaks them off.

        A file that is read from its beginning is held against its size, SHA-256 and CRC-32 before
        its last bytes are given away; one that is gone on with, against its size.
        """
        return _in_blocks(self._pieces(store, start, stop))

    def _pieces(self, store: Store, start: int, stop: int) -> Generator[bytes, None, None]:
        at = 0
        for file in self._files:
            yield _cut(file.header, start - at, stop - at)
            at += len(file.header)
            first, last = max(start - at, 0), min(stop - at, file.size_bytes)
            if first < last:
                yield from _content(file, store, first, last)
            at += file.size_bytes
            if at >= stop:
                return
        for line in (*self._directory(), self._end):
            yield _cut(line, start - at, stop - at)
            at += len(line)

    def _directory(self) -> Iterator[bytes]:
        at = 0
        for file in self._files:
            yield zip_format.central_header(file.entry, at)
            at += len(file.header) + file.size_bytes


def _content(file: File, store: Store, first: int, last: int) -> Iterator[bytes]:
    if file.data:
        yield file.data[first:last]
        return
    with store.stream(file.object_name, start=first) as chunks:
        yield from _checked(file, chunks, first, last)


def _checked(file: File, chunks: Iterator[bytes], first: int, last: int) -> Iterator[bytes]:
    """One chunk behind what is read: the last one is only given away when all is known."""
    sums, crc32, at, held = hashlib.sha256(), 0, first, b""
    for chunk in chunks:
        yield held
        held, at = chunk, at + len(chunk)
        sums.update(chunk)
        crc32 = zlib.crc32(chunk, crc32)
        if at > file.size_bytes or at >= last != file.size_bytes:
            break
    is_whole = (first, last) == (0, file.size_bytes)
    told = (file.size_bytes, file.sha256, file.entry.crc32)
    if at < last or at > file.size_bytes or (is_whole and (at, sums.hexdigest(), crc32) != told):
        raise StoreError(f"{file.object_name} is not what was stored.", transient=False)
    yield held[: len(held) - (at - last)]


def _cut(data: bytes, start: int, stop: int) -> bytes:
    return data[max(start, 0) : max(stop, 0)]


def _in_blocks(pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    gathered = bytearray()
    with closing(pieces):
        for piece in pieces:
            if not gathered and len(piece) >= BLOCK_BYTES:
                yield piece
                continue
            gathered += piece
            if len(gathered) >= BLOCK_BYTES:
                yield bytes(gathered)
                gathered.clear()
    if gathered:
        yield bytes(gathered)

"""ZIP archives, read once from the start by the headers in front of their members.

Not by `zipfile`, which needs all of the archive at once, believes its directory alone and reads
nothing of a truncated one.
"""

from __future__ import annotations

import bz2
import lzma
import re
import struct
import zlib
from collections.abc import Callable, Iterator

from scanning.look import Look
from scanning.readers.archives.members import Archive, Opened
from scanning.readers.archives.packed import LZMA_MEMORY_BYTES, Inflater, Unpacker, step, unpacked
from scanning.readers.archives.streams import PIECE_BYTES, TOLD, Stream, Unreadable
from scanning.readers.archives.zip_directory import compare_directory
from scanning.readers.archives.zip_headers import (
    DESCRIPTOR,
    LOCAL,
    Header,
    take_descriptor,
    take_local,
)
from scanning.sources import Source

_STORED, _LZMA = 0, 14
_UNPACKERS: dict[int, Callable[[], Unpacker]] = {
    8: lambda: Inflater(-15),
    12: bz2.BZ2Decompressor,
    _LZMA: lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=LZMA_MEMORY_BYTES),
    95: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=LZMA_MEMORY_BYTES),
}
_32_BITS = 0xFFFFFFFF
_LZMA_HEADER = struct.Struct("<HH")
_HAS_END_MARK, _UNKNOWN_SIZE = 2, 2**64 - 1
_DESCRIPTOR = re.compile(re.escape(DESCRIPTOR))
_DESCRIPTOR_BYTES = 16  # its signature, sum and the lower halves of both sizes, at least


def zip_members(archive: Archive) -> Opened:
    """The members in order; directories count, but hold nothing. Encrypted ones are told."""
    stream, imprints = archive.stream, dict[int, bytes]()
    while stream.peek(4) == LOCAL:
        header = take_local(stream)
        look = archive.enter(header.name)
        data = _Data(stream, header)
        if header.is_encrypted:
            look.missed("ENCRYPTED", header.size_bytes)
        elif header.method != _STORED and header.method not in _UNPACKERS:
            look.missed("MEMBERS_UNSUPPORTED", header.size_bytes)
        elif header.packed_bytes or header.ends_somewhere:
            source = archive.content(look, data.pieces(), data.size_bytes)
            yield look, source
            data.pass_over(source)
        imprints[header.offset] = data.finish(look).imprint
    compare_directory(stream, imprints, archive.names)


class _Data:
    """The bytes of one member in the stream, from its first on."""

    def __init__(self, stream: Stream, header: Header) -> None:
        self._stream = stream
        self._header = header
        self._begin = stream.position
        self._end = None if header.ends_somewhere else stream.position + header.packed_bytes
        self._is_whole = False
        self._crc = self._out_bytes = 0

    @property
    def size_bytes(self) -> int | None:
        """Unpacked, if that is known before the end."""
        return None if self._end is None else self._header.size_bytes

    def pieces(self) -> Iterator[bytes]:
        """Unpacked, to the end; `Unreadable` if something else is there."""
        for piece in self._unpacked():
            self._crc = zlib.crc32(piece, self._crc)
            self._out_bytes += len(piece)
            yield piece
        if self._end not in (None, self._stream.position):
            raise Unreadable
        self._is_whole = True

    def pass_over(self, source: Source) -> None:
        """Leave what is not read of it, if only reading shows where it ends."""
        if self._end is None:
            source.drain()
            if not self._is_whole:
                raise Unreadable(TOLD)
            self._end = self._stream.position

    def finish(self, look: Look) -> Header:
        """The true header, with the stream behind all that belongs to the member."""
        if self._end is None:
            for _ in self._until_descriptor():
                pass
        else:
            self._stream.skip_to(self._end)
        header = self._header
        if header.has_descriptor:
            header = take_descriptor(self._stream, header, self._stream.position - self._begin)
        is_of_size = self._out_bytes & _32_BITS == header.size_bytes & _32_BITS
        if self._is_whole and not (is_of_size and self._crc == header.crc):
            look.missed("DAMAGED")
        return header

    def _unpacked(self) -> Iterator[bytes]:
        size = None if self._end is None else self._header.packed_bytes
        method = self._header.method
        if method == _STORED:
            return self._until_descriptor() if size is None else self._stream.whole(size)
        if method == _LZMA:
            return self._unpacked_lzma(size)
        return unpacked(_UNPACKERS[method](), self._stream, size)

    def _unpacked_lzma(self, size: int | None) -> Iterator[bytes]:
        """Of LZMA with the header that ZIP gives it (APPNOTE 5.8.8) instead of its own."""
        _, properties_bytes = _LZMA_HEADER.unpack(self._stream.take(_LZMA_HEADER.size))
        properties = self._stream.take(properties_bytes)
        is_marked = self._header.flags & _HAS_END_MARK
        size_bytes = _UNKNOWN_SIZE if is_marked else self._header.size_bytes
        unpacker = _UNPACKERS[_LZMA]()
        step(unpacker, properties + size_bytes.to_bytes(8, "little"))
        left = None if size is None else max(size - _LZMA_HEADER.size - properties_bytes, 0)
        yield from unpacked(unpacker, self._stream, left)

    def _until_descriptor(self) -> Iterator[bytes]:
        """Packed bytes up to the descriptor that counts just these."""
        stream = self._stream
        while len(window := stream.peek(PIECE_BYTES)) >= _DESCRIPTOR_BYTES:
            count = stream.position - self._begin
            for match in _DESCRIPTOR.finditer(window, 0, len(window) - 8):
                at = match.start()
                packed = int.from_bytes(window[at + 8 : at + 12], "little")
                if packed == (count + at) & _32_BITS:
                    yield stream.take(at)
                    return
            yield stream.take(len(window) - _DESCRIPTOR_BYTES + 1)
        raise Unreadable

"""The directory at the end of a ZIP archive, compared with what the archive really held."""

from __future__ import annotations

import struct

from scanning.readers.archives.members import Names, visible
from scanning.readers.archives.streams import Stream, Unreadable
from scanning.readers.archives.zip_headers import Header, with_zip64

_CENTRAL, _END = b"PK\x01\x02", b"PK\x05\x06"
_ZIP64_END, _ZIP64_LOCATOR, _SIGNATURE = b"PK\x06\x06", b"PK\x06\x07", b"PK\x05\x05"
_CENTRAL_FIELDS = struct.Struct("<4x2x2xHH4xLLLHHH2x2x4xL")
_END_FIELDS = struct.Struct("<4x2x2x2xHLLH")
_ZIP64_END_FIELDS = struct.Struct("<4xQ2x2x4x4x8x8x8xQ")
_LOCATOR_FIELDS = struct.Struct("<4x4xQ4x")
_MAX_EXTENSION_BYTES = 2**16
_IN_ZIP64, _COUNT_BITS = 0xFFFFFFFF, 0xFFFF


def compare_directory(stream: Stream, imprints: dict[int, bytes], names: Names) -> None:
    """`Unreadable` if other programs, which go by the directory, may see other members.

    `imprints` are those of the members, by their offsets. One that the directory leaves out was
    read all the same; but one that it adds, or sees in another way, was not: members that overlap,
    or come twice. Nothing may follow the directory, not even in the comment's disguise. `imprints`
    is used up.
    """
    begin, count = stream.position, 0
    while stream.peek(4) == _CENTRAL:
        header = _take_central(stream, names)
        if imprints.pop(header.offset, None) != header.imprint:
            raise Unreadable
        count += 1
    if stream.peek(4) == _SIGNATURE:
        names.add(visible(stream.take(6 + int.from_bytes(stream.peek(6)[4:], "little"))))
    if stream.peek(4) == _ZIP64_END:
        _compare_zip64_end(stream, begin, names)
    _compare_end(stream, begin, count, names)


def _take_central(stream: Stream, names: Names) -> Header:
    flags, method, crc, packed_bytes, size_bytes, *lengths, offset = _CENTRAL_FIELDS.unpack(
        stream.take(_CENTRAL_FIELDS.size)
    )
    name, extra, comment = (stream.take(length) for length in lengths)
    size_bytes, packed_bytes, offset = with_zip64(extra, size_bytes, packed_bytes, offset)
    if text := visible(extra, comment):
        names.add(text)
    return Header(flags, method, crc, packed_bytes, size_bytes, name, offset)


def _compare_zip64_end(stream: Stream, begin: int, names: Names) -> None:
    end_begin = stream.position
    size_bytes, directory = _ZIP64_END_FIELDS.unpack(stream.take(_ZIP64_END_FIELDS.size))
    more_bytes = end_begin + 12 + size_bytes - stream.position
    if not 0 <= more_bytes <= _MAX_EXTENSION_BYTES:
        raise Unreadable
    names.add(visible(stream.take(more_bytes)))
    if stream.peek(4) != _ZIP64_LOCATOR or directory != begin:
        raise Unreadable
    if _LOCATOR_FIELDS.unpack(stream.take(_LOCATOR_FIELDS.size)) != (end_begin,):
        raise Unreadable


def _compare_end(stream: Stream, begin: int, count: int, names: Names) -> None:
    if stream.peek(4) != _END:
        raise Unreadable
    entries, _, directory, comment_bytes = _END_FIELDS.unpack(stream.take(_END_FIELDS.size))
    comment = stream.take(comment_bytes)
    is_here = directory in (begin, _IN_ZIP64) and entries in (count & _COUNT_BITS, _COUNT_BITS)
    if not is_here or _END in comment or stream.peek(1):
        raise Unreadable
    if comment:
        names.add(comment.decode("utf-8", "replace"))

"""What is in a ZIP, by the directory at its end (PKWARE, APPNOTE.TXT), as our nodes write them.

Anybody may have written this one, so nothing is read twice, followed or unpacked here. What differs
from how nodes write them (members that overlap or are in another order, comments, several disks,
bytes of nobody's after the directory) makes all of it unreadable.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_BYTES = 4 * 2**20  # of the directory that are read: of names of usual length, some 40,000
MOST_NAME_CHARS = 1024  # of a name; the rest is left out
LOCAL_BYTES = 30  # in front of each file, without its name and extra field
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_END = struct.Struct("<4s4H2LH")
_TAIL_BYTES = _END64.size + _LOCATOR64.size + _END.size
_FULL32 = 0xFFFFFFFF
_IN_ZIP64 = 1  # the extra field with what does not fit into 32 bits (4.5.3)
_DEFLATED, _UTF8 = 8, 1 << 11

Read = Callable[[int, int], bytes]  # from where, how many bytes at most


class Unreadable(Exception):
    """It is not as our nodes write it, or not all of it came."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, as the directory tells it; its name is data, and no path to anywhere."""

    number: int  # from 1, in the order of the ZIP
    name: str
    size_bytes: int
    packed_bytes: int
    offset: int  # where what stands before it begins
    name_bytes: int
    is_plain: bool  # deflated, and neither encrypted nor anything else


@dataclass(frozen=True)
class Directory:
    """How many files there are, and the first of them; all, if the directory is not very long."""

    count: int
    entries: list[Entry]


def read_directory(read: Read, size_bytes: int) -> Directory:
    """The directory of a ZIP of so many bytes; `Unreadable`."""
    try:
        begin, length, count = _end(read(max(size_bytes - _TAIL_BYTES, 0), _TAIL_BYTES), size_bytes)
        data = read(begin, min(length, MOST_BYTES))
        if len(data) < min(length, MOST_BYTES):
            raise Unreadable
        entries = list(_entries(data, begin, is_cut=length > MOST_BYTES))
    except struct.error as error:
        raise Unreadable from error
    if len(entries) > count or (length <= MOST_BYTES and len(entries) < count):
        raise Unreadable
    return Directory(count, entries)


def _end(tail: bytes, size_bytes: int) -> tuple[int, int, int]:
    """Where the directory begins, its bytes, and of how many files it tells."""
    mark, disk, first_disk, here, count, length, begin, comment = _END.unpack(tail[-_END.size :])
    after = _END.size
    if mark != b"PK\5\6" or comment:
        raise Unreadable
    if tail[-_END.size - _LOCATOR64.size :].startswith(b"PK\6\7"):
        mark, _, _, _, disk, first_disk, here, count, length, begin = _END64.unpack(
            tail[: _END64.size]
        )
        after = _TAIL_BYTES
        if mark != b"PK\6\6":
            raise Unreadable
    if disk or first_disk or here != count or begin + length + after != size_bytes:
        raise Unreadable
    return begin, length, count


def _entries(data: bytes, directory_begin: int, *, is_cut: bool) -> Iterator[Entry]:
    at, number, free_from = 0, 0, 0
    while at < len(data):
        fields = data[at : at + _CENTRAL.size]
        if len(fields) < _CENTRAL.size and is_cut:
            return
        mark, *_, name_bytes, extra_bytes, comment_bytes, _, _, _, _ = _CENTRAL.unpack(fields)
        end = at + _CENTRAL.size + name_bytes + extra_bytes + comment_bytes
        if end > len(data) and is_cut:
            return
        if end > len(data) or mark != b"PK\1\2":
            raise Unreadable
        number += 1
        entry = _entry(number, data[at:end])
        if entry.offset < free_from:
            raise Unreadable
        free_from = entry.offset + LOCAL_BYTES + name_bytes + entry.packed_bytes
        if free_from > directory_begin:
            raise Unreadable
        yield entry
        at = end


def _entry(number: int, line: bytes) -> Entry:
    fields = _CENTRAL.unpack_from(line)
    flags, method, packed, size, offset = (fields[at] for at in (3, 4, 8, 9, 16))
    name_bytes, extra_bytes = fields[10:12]
    extra_begin = _CENTRAL.size + name_bytes
    extra = line[extra_begin : extra_begin + extra_bytes]
    size, packed, offset = _with_zip64(extra, size, packed, offset)
    return Entry(
        number=number,
        name=line[_CENTRAL.size : extra_begin].decode("utf-8", "replace")[:MOST_NAME_CHARS],
        size_bytes=size,
        packed_bytes=packed,
        offset=offset,
        name_bytes=name_bytes,
        is_plain=method == _DEFLATED and not flags & ~_UTF8,
    )


def _with_zip64(extra: bytes, *values: int) -> list[int]:
    if _FULL32 not in values:
        return list(values)
    kind, _ = struct.unpack_from("<2H", extra)
    if kind != _IN_ZIP64:
        raise Unreadable
    places = iter(range(4, 28, 8))
    return [
        struct.unpack_from("<Q", extra, next(places))[0] if value == _FULL32 else value
        for value in values
    ]

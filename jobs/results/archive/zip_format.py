"""The bytes between the files of a ZIP: headers, directory, end (PKWARE, APPNOTE.TXT 6.3.10).

Files are stored as they are, and their sizes and CRC-32 stand before them, so that every byte of an
archive is known beforehand but those of the files, and it can be unpacked as it comes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

UTF8 = 1 << 11
STORED = 0
PLAIN, ZIP64 = 20, 45  # the versions that are needed to unpack (4.4.3)
UNIX = 3 << 8
MODE = 0o100644 << 16
FULL32, FULL16 = 0xFFFFFFFF, 0xFFFF
LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR64 = struct.Struct("<4sLQL")
END = struct.Struct("<4s4H2LH")


@dataclass(frozen=True)
class Entry:
    """A file in an archive; `changed_at` in UTC."""

    path: str
    size_bytes: int
    crc32: int
    changed_at: datetime


def local_header(entry: Entry) -> bytes:
    """What stands before the file's bytes (4.3.7)."""
    is_large = entry.size_bytes >= FULL32
    size = FULL32 if is_large else entry.size_bytes
    extra = _zip64(*[entry.size_bytes] * 2) if is_large else b""
    extra += _unix_time(entry)
    path = entry.path.encode()
    needs = ZIP64 if is_large else PLAIN
    fixed = LOCAL.pack(
        b"PK\3\4", needs, UTF8, STORED, *_dos_time(entry), entry.crc32, size, size,
        len(path), len(extra),
    )  # fmt: skip
    return fixed + path + extra


def central_header(entry: Entry, offset: int) -> bytes:
    """The file's line in the directory (4.3.12); `offset`: where its local header begins."""
    sizes = [entry.size_bytes] * 2 if entry.size_bytes >= FULL32 else []
    large = sizes + ([offset] if offset >= FULL32 else [])
    extra = (_zip64(*large) if large else b"") + _unix_time(entry)
    path, size = entry.path.encode(), min(entry.size_bytes, FULL32)
    needs = ZIP64 if large else PLAIN
    fixed = CENTRAL.pack(
        b"PK\1\2", UNIX | needs, needs, UTF8, STORED, *_dos_time(entry), entry.crc32, size, size,
        len(path), len(extra), 0, 0, 0, MODE, min(offset, FULL32),
    )  # fmt: skip
    return fixed + path + extra


def end_of_archive(count: int, offset: int, size_bytes: int) -> bytes:
    """The end (4.3.14-16) of a directory of `count` files that begins at `offset`."""
    end = END.pack(
        b"PK\5\6", 0, 0, *[min(count, FULL16)] * 2, min(size_bytes, FULL32), min(offset, FULL32), 0
    )
    if count < FULL16 and max(size_bytes, offset) < FULL32:
        return end
    end64 = END64.pack(
        b"PK\6\6", END64.size - 12, UNIX | ZIP64, ZIP64, 0, 0, count, count, size_bytes, offset
    )
    return end64 + LOCATOR64.pack(b"PK\6\7", 0, offset + size_bytes, 1) + end


def _zip64(*values: int) -> bytes:
    return struct.pack(f"<2H{len(values)}Q", 1, 8 * len(values), *values)


def _unix_time(entry: Entry) -> bytes:
    """The time without a time zone to guess (Info-ZIP's extra field UT)."""
    return struct.pack("<2HBL", 0x5455, 5, 1, int(entry.changed_at.timestamp()))


def _dos_time(entry: Entry) -> tuple[int, int]:
    at = entry.changed_at.astimezone(UTC)
    time = at.hour << 11 | at.minute << 5 | at.second // 2
    return time, (at.year - 1980) << 9 | at.month << 5 | at.day

"""What a ZIP archive says of its members (APPNOTE.TXT): in front of each, and in the directory."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, replace

from scanning.readers.archives.members import visible
from scanning.readers.archives.streams import Stream, Unreadable

LOCAL, DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
_LOCAL = struct.Struct("<4x2xHH4xLLLHH")
_ZIP64_ID, _IN_ZIP64 = 1, 0xFFFFFFFF
_32_BITS = 0xFFFFFFFF
_IS_ENCRYPTED, _HAS_DESCRIPTOR, _IS_UTF8 = 1, 8, 0x800


@dataclass(frozen=True)
class Header:
    """Of one member; with a descriptor, sizes and sum may be 0 in front and are true behind it."""

    flags: int
    method: int
    crc: int
    packed_bytes: int
    size_bytes: int
    raw_name: bytes
    offset: int = 0  # of the local header
    extra: bytes = b""

    @property
    def name(self) -> str:
        """With what stands in the extra field: another name, a comment."""
        encoding = "utf-8" if self.flags & _IS_UTF8 else "cp437"
        name = self.raw_name.decode(encoding, "replace")
        return f"{more} {name}" if (more := visible(self.extra)) else name

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & _IS_ENCRYPTED)

    @property
    def has_descriptor(self) -> bool:
        return bool(self.flags & _HAS_DESCRIPTOR)

    @property
    def ends_somewhere(self) -> bool:
        """Whether the end of the data is not known before it is reached."""
        return self.has_descriptor and not self.packed_bytes

    @property
    def imprint(self) -> bytes:
        """The same for a member's header and the directory's, if they agree.

        Some programs write sizes modulo 2**32.
        """
        sizes = (self.packed_bytes & _32_BITS, self.size_bytes & _32_BITS)
        said = (self.is_encrypted, self.method, self.crc, *sizes, self.raw_name)
        return hashlib.blake2b(repr(said).encode(), digest_size=16).digest()


def take_local(stream: Stream) -> Header:
    """The header in front of a member."""
    offset = stream.position
    flags, method, crc, packed_bytes, size_bytes, *lengths = _LOCAL.unpack(stream.take(_LOCAL.size))
    name, extra = (stream.take(length) for length in lengths)
    size_bytes, packed_bytes = with_zip64(extra, size_bytes, packed_bytes)
    return Header(flags, method, crc, packed_bytes, size_bytes, name, offset, extra)


def with_zip64(extra: bytes, *values: int) -> list[int]:
    """The values; those that did not fit into their fields from the extra field (4.5.3)."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _ZIP64_ID:
            longs = iter(struct.unpack_from(f"<{size // 8}Q", extra.ljust(4 + size, b"\0"), 4))
            return [next(longs, value) if value == _IN_ZIP64 else value for value in values]
        extra = extra[4 + size :]
    return list(values)


def take_descriptor(stream: Stream, header: Header, packed_bytes: int) -> Header:
    """The header with what stands behind its data, of which there were so many bytes.

    With or without a signature, with sizes of 4 or 8 bytes (4.3.9): only what follows shows it.
    """
    near = stream.peek(26)
    begin = 4 if near.startswith(DESCRIPTOR) else 0
    for form in ("<LQQ", "<LLL"):
        end = begin + struct.calcsize(form)
        if near[end : end + 2] == b"PK":
            crc, packed, size_bytes = struct.unpack_from(form, near, begin)
            if (packed - packed_bytes) & _32_BITS == 0:
                stream.take(end)
                return replace(header, crc=crc, packed_bytes=packed_bytes, size_bytes=size_bytes)
    raise Unreadable

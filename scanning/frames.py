"""Pieces of bytes in one stream, told apart by their length."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

MAX_FRAME_BYTES = 2**20
_LENGTH = struct.Struct("!L")


def frame(data: bytes) -> bytes:
    """At most `MAX_FRAME_BYTES` with their number in front, so that they can be told apart."""
    return _LENGTH.pack(len(data)) + data


def frames(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The data of each frame in a stream; ValueError if one is too long or cut off."""
    stream = b""
    for piece in pieces:
        stream += piece
        at = 0
        while len(stream) - at >= _LENGTH.size:
            begin = at + _LENGTH.size
            end = begin + _LENGTH.unpack_from(stream, at)[0]
            if end - begin > MAX_FRAME_BYTES:
                raise ValueError(f"a frame of {end - begin} bytes")
            if len(stream) < end:
                break
            yield stream[begin:end]
            at = end
        stream = stream[at:]
    if stream:
        raise ValueError("half a frame")

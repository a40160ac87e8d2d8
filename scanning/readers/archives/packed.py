"""What gzip, bzip2 and xz have packed, as a stream."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from scanning.readers.archives.members import visible
from scanning.readers.archives.streams import PIECE_BYTES, Stream, Unreadable

LZMA_MEMORY_BYTES = 256 * 2**20  # for its dictionary; xz -9 asks for 65 MiB
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0"
_EXTRA, _NAME, _COMMENT = 4, 8, 16  # flags of RFC 1952
_MAX_TEXTS_BYTES = 2**16
_ERRORS = (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError)  # OSError is bz2's


class Unpacker(Protocol):
    """The interface that the standard library's unpackers have in common."""

    def decompress(self, data: bytes, max_length: int) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


class Inflater:
    """zlib's unpacker with the interface of the others; `wbits` as zlib has it."""

    def __init__(self, wbits: int) -> None:
        self._inflate = zlib.decompressobj(wbits)
        self.needs_input = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        # A full piece may have left something inside, even without a tail.
        self.needs_input = not self._inflate.unconsumed_tail and len(out) < max_length
        return out

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data


def unpacked(unpacker: Unpacker, stream: Stream, size: int | None = None) -> Iterator[bytes]:
    """What one packed stream of at most `size` bytes holds; some pieces may be empty.

    Leaves what follows it in the stream. `Unreadable` at what is not packed right.
    """
    for piece in stream.pieces(size):
        yield step(unpacker, piece)
        while not (unpacker.eof or unpacker.needs_input):
            yield step(unpacker, b"")
        if unpacker.eof:
            stream.give_back(len(unpacker.unused_data))
            return
    raise Unreadable


def step(unpacker: Unpacker, data: bytes) -> bytes:
    """What comes out next when these bytes go in; `Unreadable` instead of any library's error."""
    try:
        return unpacker.decompress(data, PIECE_BYTES)
    except _ERRORS as error:
        wants_more = isinstance(error, lzma.LZMAError) and "limit" in str(error)
        raise Unreadable("TOO_LARGE" if wants_more else "DAMAGED") from error


def gunzipped(stream: Stream, note: Callable[[str], None]) -> Iterator[bytes]:
    """Of all members of a gzip file; a BGZF file without its last, empty one is `Unreadable`.

    `note` gets what their heads say in words.
    """
    is_bgzf = stream.peek(16)[3:4] == b"\4" and stream.peek(16)[12:14] == b"BC"
    last_bytes = 0

    def inflater() -> Inflater:
        if text := _gzip_texts(stream):
            note(text)
        return Inflater(31)

    for piece, is_first in _all(stream, _GZIP, inflater):
        last_bytes = len(piece) + (0 if is_first else last_bytes)
        yield piece
    if is_bgzf and last_bytes:
        raise Unreadable


def bunzipped(stream: Stream) -> Iterator[bytes]:
    """Of all streams of a bzip2 file."""
    return (piece for piece, _ in _all(stream, _BZIP2, bz2.BZ2Decompressor))


def unxzipped(stream: Stream) -> Iterator[bytes]:
    """Of all streams of an xz file."""
    pieces = _all(stream, _XZ, lambda: lzma.LZMADecompressor(memlimit=LZMA_MEMORY_BYTES))
    return (piece for piece, _ in pieces)


def _all(
    stream: Stream, magic: bytes, make: Callable[[], Unpacker]
) -> Iterator[tuple[bytes, bool]]:
    """The pieces of one packed stream after another, and whether each begins one.

    Zeros may follow, as tapes have them; anything else is `Unreadable`.
    """
    while stream.peek(len(magic)) == magic:
        is_first = True
        for piece in unpacked(make(), stream):
            yield piece, is_first
            is_first = False
        stream.skip_zeros()
    if stream.peek(1):
        raise Unreadable


def _gzip_texts(stream: Stream) -> str:
    """The name, the comment and the extra field in the head of a member (RFC 1952)."""
    flags = int.from_bytes(stream.peek(4)[3:], "little")
    if not flags & (_EXTRA | _NAME | _COMMENT):
        return ""
    at = 10
    if flags & _EXTRA:
        at = 12 + int.from_bytes(stream.peek(12)[10:], "little")
    if not flags & (_NAME | _COMMENT):
        return visible(stream.peek(at)[10:])
    head = stream.peek(at + _MAX_TEXTS_BYTES)
    wanted = bool(flags & _NAME) + bool(flags & _COMMENT)
    *texts, _ = head[at:].split(b"\0", wanted)
    if len(texts) < wanted:
        raise Unreadable("TOO_LARGE")
    words = [text.decode("utf-8", "replace") for text in reversed(texts)]
    return " ".join(filter(None, [visible(head[10:at]), *words]))  # a name's suffix at the end

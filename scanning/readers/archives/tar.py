"""Tar archives, read once from the start: ustar, GNU and pax; nothing is extracted.

Not by `tarfile`, which takes a damaged header for the end of the archive.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanning.readers.archives.members import Archive, Opened, visible
from scanning.readers.archives.streams import PIECE_BYTES, Stream, Unreadable

_BLOCK = 512
_ZEROS, _ZERO_PIECE = bytes(_BLOCK), bytes(PIECE_BYTES)
_MAX_NOTE_BYTES = 2**20  # of a header's long name or pax records
_MAX_NOTES = 20  # in front of one member: some three headers, of one text each
_MAX_DIGITS = 20
# Links, devices, directories and pipes have no data, whatever their size says.
_EMPTY_TYPES = frozenset((b"1", b"2", b"3", b"4", b"5", b"6"))
_TEXT_FIELDS = ((0, 100), (157, 257), (265, 297), (297, 329), (345, _BLOCK))  # of ustar
_PAX_NUMBERS = frozenset(("mtime", "atime", "ctime", "uid", "gid", "size", "GNU.sparse.map"))


@dataclass
class _Notes:
    """What the headers before a member's own say of it."""

    texts: list[str] = field(default_factory=list)
    size_bytes: int | None = None


def tar_members(archive: Archive) -> Opened:
    """The members in order; links, directories and devices count, but hold nothing.

    Of sparse files what is stored is given, without the holes. What follows the end of an
    archive is read as one more, as `tar -i` does.
    """
    stream, zeros, notes = archive.stream, 0, _Notes()
    while block := stream.peek(_BLOCK):
        stream.take(_BLOCK)
        if block == _ZEROS:
            zeros += 1
            _skip_padding(stream)
            continue
        zeros, header = 0, _header(block)
        if header.type in (b"x", b"X", b"L", b"K"):
            _note(header, stream, notes)
        elif header.type == b"g":
            _note_for_all(archive, header, stream)
        else:
            yield from _member(archive, block, header, notes)
            notes = _Notes()
    if zeros < 2:
        raise Unreadable


def _skip_padding(stream: Stream) -> None:
    while stream.peek(PIECE_BYTES) == _ZERO_PIECE:
        stream.skip_to(stream.position + PIECE_BYTES)


def _header(block: bytes) -> tarfile.TarInfo:
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
    except (tarfile.HeaderError, ValueError) as error:
        raise Unreadable from error
    if header.size < 0:
        raise Unreadable
    return header


def _member(archive: Archive, block: bytes, header: tarfile.TarInfo, notes: _Notes) -> Opened:
    stream = archive.stream
    look = archive.enter(" ".join([_texts_of(block), *notes.texts]))
    if header.type in _EMPTY_TYPES:
        return
    if header.type == tarfile.GNUTYPE_SPARSE:
        _skip_sparse_map(block, stream)
    size_bytes = header.size if notes.size_bytes is None else notes.size_bytes
    begin = stream.position
    if size_bytes:
        yield look, archive.content(look, stream.whole(size_bytes), size_bytes)
    stream.skip_to(begin + size_bytes)
    if padding := visible(stream.take(_padded(size_bytes) - size_bytes)):
        archive.names.add(padding)


def _texts_of(block: bytes) -> str:
    """Names of the member, of what it links to, of its owner and group, and what is behind these.

    Not up to a NUL, as programs that unpack it would.
    """
    return visible(*(block[begin:end] for begin, end in reversed(_TEXT_FIELDS)))


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _skip_sparse_map(block: bytes, stream: Stream) -> None:
    """Of the old GNU format: it goes on in blocks of its own, of which each says so."""
    goes_on = block[482]
    while goes_on:
        goes_on = stream.take(_BLOCK)[504]


def _note(header: tarfile.TarInfo, stream: Stream, notes: _Notes) -> None:
    """Keep what a header says of the next one: a long name, or pax records."""
    if header.size > _MAX_NOTE_BYTES or len(notes.texts) > _MAX_NOTES:
        raise Unreadable("TOO_LARGE")
    data = stream.take(_padded(header.size))[: header.size]
    if header.type in (b"L", b"K"):
        notes.texts.append(data.rstrip(b"\0").decode("utf-8", "replace"))
        return
    records = dict(_pax_records(data))
    notes.texts.append(" ".join(text for key, text in records.items() if key not in _PAX_NUMBERS))
    if "size" in records:
        notes.size_bytes = _number(records["size"])


def _note_for_all(archive: Archive, header: tarfile.TarInfo, stream: Stream) -> None:
    """What is said of all members; a size that is the same for all is some trick."""
    notes = _Notes()
    _note(header, stream, notes)
    if notes.size_bytes is not None:
        raise Unreadable
    archive.names.add(" ".join(notes.texts))


def _pax_records(data: bytes) -> Iterator[tuple[str, str]]:
    """Records of "length key=value\\n" (POSIX pax); `Unreadable` at what is none."""
    at = 0
    while at < len(data):
        blank = data.find(b" ", at, at + 20)
        end = at + _number(data[at:blank].decode("ascii", "replace"))
        key, is_record, value = data[blank + 1 : end - 1].partition(b"=")
        if not is_record or not at < blank < end <= len(data):
            raise Unreadable
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "replace")
        at = end


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise Unreadable
    return int(text)

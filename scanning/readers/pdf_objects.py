"""What a PDF holds beside its pages: strings of all its objects, also of those that nothing shows.

Not a parser of PDF: strings are found by their brackets, in the file and in what is packed of it
and is no content of a page. Outlines, scripts, alternative texts, a form's defaults stand there.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

MAX_UNPACKED_BYTES = 64 * 2**20  # of all streams
MAX_STREAMS = 100_000
_STREAM = re.compile(rb"stream\r?\n")
_END = b"endstream"
_OF_OBJECTS = re.compile(rb"/ObjStm|/Metadata|/JavaScript")
_DICTIONARY_BYTES = 1_000  # before a stream, in which its kind stands
_LITERAL = re.compile(rb"\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+\))*+\)", re.DOTALL)
_COMMENT = re.compile(rb"%[^\r\n]{6,}")
_HEXADECIMAL = re.compile(rb"<([0-9A-Fa-f\s]{8,})>")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r?\n|.)", re.DOTALL)
_WIDE = b"\xfe\xff"


class Unpackable(Exception):
    """More than is unpacked, or packed in a way of its own."""


def parts(data: bytes) -> Iterator[bytes]:
    """The file without its streams, then the streams that hold objects, texts or scripts."""
    plain, at, count = [], 0, 0
    packed: list[bytes] = []
    left_bytes = MAX_UNPACKED_BYTES
    while match := _STREAM.search(data, at):
        plain.append(data[at : match.start()])
        end = data.find(_END, match.end())
        end = len(data) if end < 0 else end
        before = data[max(at, match.start() - _DICTIONARY_BYTES) : match.start()]
        before = before[before.rfind(b" obj") + 1 :]
        is_packed = b"/Filter" in before
        # Metadata as they stand are read with those of any file.
        if _OF_OBJECTS.search(before) and (is_packed or b"/Metadata" not in before):
            stream = data[match.end() : end]
            packed.append(_unpacked(stream, left_bytes) if is_packed else stream)
            left_bytes -= len(packed[-1])
        at, count = end + len(_END), count + 1  # it ends in the word that begins one
        if count > MAX_STREAMS:
            raise Unpackable
    yield b"\n".join([*plain, data[at:]])
    yield from packed


def strings(part: bytes) -> Iterator[str]:
    """All strings in it (ISO 32000-1, 7.3.4), and what is said in comments."""
    for match in _LITERAL.finditer(part):
        yield _decoded(_ESCAPE.sub(_of_escape, match[0][1:-1]))
    for match in _HEXADECIMAL.finditer(part):
        digits = b"".join(match[1].split())
        yield _decoded(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()))
    for match in _COMMENT.finditer(part):
        yield _decoded(match[0])


def _unpacked(data: bytes, max_bytes: int) -> bytes:
    inflate = zlib.decompressobj()
    try:
        whole = inflate.decompress(data, max(max_bytes, 1))
    except zlib.error as error:
        raise Unpackable from error
    if inflate.unconsumed_tail:
        raise Unpackable
    return whole


def _of_escape(match: re.Match[bytes]) -> bytes:
    sign = match[1]
    if sign.isdigit():
        return bytes([int(sign, 8) & 0xFF])
    return b"" if sign.endswith(b"\n") else _SIGNS.get(sign, sign)


_SIGNS = {b"n": b"\n", b"r": b"\n", b"t": b"\t", b"b": b"", b"f": b"\n"}


def _decoded(text: bytes) -> str:
    if text.startswith(_WIDE):
        return text[2:].decode("utf-16-be", "replace")
    return text.decode("utf-8", "replace")

"""NIfTI: the texts of its header and of its extensions; the voxels are numbers."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from scanning.look import Look
from scanning.readers.strings import read_all_strings
from scanning.readers.tags import read_tag
from scanning.sources import Source, TooLarge
from scanning.tools import Tools

MAX_EXTENSIONS_BYTES = 64 * 2**20
_EXTENSION = struct.Struct("ii")  # its size with this, and its code


@dataclass(frozen=True)
class _Layout:
    """Where the fields of a header are: of texts, the offset and the size."""

    size_bytes: int
    voxels_at: tuple[int, str]  # the offset and the type of the field that tells it
    texts: dict[str, tuple[int, int]]


_NIFTI_1 = _Layout(
    348,
    (108, "f"),
    {"db_name": (14, 18), "descrip": (148, 80), "aux_file": (228, 24), "intent_name": (328, 16)},
)
_NIFTI_2 = _Layout(
    540,
    (168, "q"),
    {"descrip": (240, 80), "aux_file": (320, 24), "intent_name": (508, 16)},
)


def read_nifti(source: Source, look: Look, tools: Tools) -> None:
    """Of both versions, of one file or of a pair (nifti1.h and nifti2.h of NITRC)."""
    head = source.head()
    layout, order = _layout(head)
    if len(head) < layout.size_bytes:
        raise EOFError
    numbers = bytearray(head[: layout.size_bytes])
    for name, (at, size) in layout.texts.items():
        numbers[at : at + size] = bytes(size)
        text = head[at : at + size].decode("utf-8", "replace")
        read_tag(" ".join(text.split("\0")), look.at("tag", name), tools)
    read_all_strings(bytes(numbers), look, tools)
    begin = layout.size_bytes + 4
    end = _voxels_at(head, layout, order) or begin  # a header without voxels may say 0
    if end - begin > MAX_EXTENSIONS_BYTES:
        raise TooLarge
    extended = source.head(end)[:end]
    if extended[layout.size_bytes : begin].strip(b"\0"):
        _read_extensions(extended[begin:], order, look, tools)
    else:
        read_all_strings(extended[begin:], look, tools)
    look.seen(min(begin, len(extended)))
    if voxels := source.drain() - len(extended):
        look.missed("NUMBERS_NOT_READ", voxels)


def _layout(head: bytes) -> tuple[_Layout, str]:
    """The version and the byte order, which the header's own size tells."""
    for layout in (_NIFTI_1, _NIFTI_2):
        for order in "<>":
            if head[:4] == struct.pack(f"{order}i", layout.size_bytes):
                return layout, order
    raise ValueError


def _voxels_at(head: bytes, layout: _Layout, order: str) -> int:
    at, kind = layout.voxels_at
    return int(struct.unpack_from(order + kind, head, at)[0])


def _read_extensions(data: bytes, order: str, look: Look, tools: Tools) -> None:
    """Each is XML, a DICOM header or a comment, by its code; all are read as text."""
    header, at, number = struct.Struct(order + _EXTENSION.format), 0, 0
    while at + header.size <= len(data):
        size_bytes, _ = header.unpack_from(data, at)
        if size_bytes < header.size or at + size_bytes > len(data):
            raise EOFError
        number += 1
        content = data[at + header.size : at + size_bytes]
        tools.look_at(Source([content.strip(b"\0")]), look.member(number))
        at += size_bytes

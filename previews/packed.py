"""A file in a ZIP, unpacked as far as its preview needs it; only ever in the child process."""

from __future__ import annotations

import struct
import zlib

from previews.forms import HEAD_BYTES, form_of, wanted_bytes
from previews.kinds import Preview, Unshowable
from previews.make import make
from previews.zip_directory import LOCAL_BYTES, Entry


def make_packed(data: bytes, entry: Entry) -> Preview:
    """The preview of a file; `data` of the ZIP from its offset on; `Unshowable`."""
    packed = data[_begin(data) :][: entry.packed_bytes]
    form = form_of(entry.name, _unpacked(packed, HEAD_BYTES))
    wanted = wanted_bytes(form, entry.size_bytes) if form else 0
    # One byte more than is told: what unpacks to more than that is not what it says.
    content = _unpacked(packed, wanted + 1)
    if not form or len(content) < wanted or not wanted or len(content) > entry.size_bytes:
        raise Unshowable
    return make(form, content[:wanted], is_cut=wanted < entry.size_bytes)


def _begin(data: bytes) -> int:
    """Where it begins, behind its local header (APPNOTE.TXT, 4.3.7)."""
    if not data.startswith(b"PK\3\4") or len(data) < LOCAL_BYTES:
        raise Unshowable
    name_bytes, extra_bytes = struct.unpack_from("<2H", data, 26)
    return LOCAL_BYTES + int(name_bytes) + int(extra_bytes)


def _unpacked(packed: bytes, most_bytes: int) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most_bytes)
    except zlib.error as error:
        raise Unshowable from error

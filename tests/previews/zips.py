"""ZIPs as nodes make them, and as nobody should."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from previews.zip_directory import Entry, Read, read_directory


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """As jobs/node/results.py packs them."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with archive.open(info, "w", force_zip64=True) as file:
                file.write(data)
    return whole.getvalue()


def reader(data: bytes) -> Read:
    """Reads in it, as from a store."""
    return lambda start, most_bytes: data[start : start + most_bytes]


def entries(data: bytes) -> list[Entry]:
    """What its directory tells."""
    return read_directory(reader(data), len(data)).entries


def changed(data: bytes, mark: bytes, at: int, change: Callable[[int], int]) -> bytes:
    """With the number of two bytes, so far behind each mark, changed."""
    whole, begin = bytearray(data), data.find(mark)
    while begin >= 0:
        place = slice(begin + at, begin + at + 2)
        number = int.from_bytes(whole[place], "little")
        whole[place] = (change(number) % 2**16).to_bytes(2, "little")
        begin = data.find(mark, begin + 1)
    return bytes(whole)

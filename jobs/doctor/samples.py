"""Samples for the scanners, made here so that no file of this program alarms a scanner."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from backends.base import ScanFile

# In two pieces: whole, this very module would be taken for the test virus (eicar.org).
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PERSONAL = b"Please write to Ada Lovelace, ada.lovelace@example.org, about the samples.\n"
_ENCRYPTED = b"\x01"


def nested_zip(depth: int) -> bytes:
    """An archive in an archive, so many times."""
    data = b"hello"
    for _ in range(depth):
        data = _zipped(data)
    return data


def encrypted_zip() -> bytes:
    """An archive whose only member claims to be encrypted (APPNOTE.TXT, 4.4.4: bit 0)."""
    data = bytearray(_zipped(b"nobody can read this"))
    for signature, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + flags_at
        data[at : at + 1] = _ENCRYPTED
    return bytes(data)


def sample_file(data: bytes) -> ScanFile:
    """The sample as a scanner takes it."""

    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield iter([data])

    return ScanFile(1, "sample.txt", len(data), opened)


def _zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inner", data)
    return out.getvalue()

"""Samples for the scanners, made here so that no file of this program alarms a scanner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from backends.base import ScanFile

# In two pieces: whole, this very module would be taken for the test virus (eicar.org).
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PERSONAL = b"Please write to Ada Lovelace, ada.lovelace@example.org, about the samples.\n"


def sample_file(data: bytes) -> ScanFile:
    """The sample as a scanner takes it."""

    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield iter([data])

    return ScanFile(1, "sample.txt", len(data), opened)

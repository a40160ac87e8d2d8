"""Signatures with a date, as freshclam fetches them; clamd takes them unsigned as daily.cud."""

from __future__ import annotations

import hashlib
import io
import tarfile
from datetime import datetime
from pathlib import Path

from deploy.testbed.clamd import signatures

VERSION = 27300
_HEADER_BYTES = 512


def write_dated(state: Path, made_at: datetime) -> None:
    """For `own_clamd(state)`: its VERSION will name this day (libclamav's cvd.c)."""
    folder = state / "clamd" / "signatures"
    folder.mkdir(parents=True)
    header = (
        f"ClamAV-VDB:{made_at:%d %b %Y %H-%M} +0000:{VERSION}:1:90:X:X:freeloader:"
        f"{made_at.timestamp():.0f}"
    )
    (folder / "daily.cud").write_bytes(header.encode().ljust(_HEADER_BYTES) + _tar(header))


def _tar(header: str) -> bytes:
    rules = signatures()["eicar.ndb"].encode()
    info = f"{header}\ndaily.ndb:{len(rules)}:{hashlib.sha256(rules).hexdigest()}\n"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in {"COPYING": b"", "daily.info": info.encode(), "daily.ndb": rules}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()

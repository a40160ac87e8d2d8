"""Is this clamd to be believed? With fresh signatures, and if it tells what it did not see."""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from backends.base import ScanError
from backends.clamav.client import CLEAN, Clamd

DEPTH = 105  # clamd takes no MaxRecursion beyond 100
PROBE_TEXT = b"Freeloader asks whether this is told: "
_ENCRYPTED = b"\x01"

# A PDF that says that it is encrypted (ISO 32000-1, 7.6.1).
_SEALED_PDF = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj
3 0 obj<</Filter/Standard/V 1/R 2/O(%(key)s)/U(%(key)s)/P -4>>endobj
trailer<</Root 1 0 R/Size 4/Encrypt 3 0 R/ID[<%(id)s><%(id)s>]>>
startxref
9
%%%%EOF
""" % {b"key": b"k" * 32, b"id": b"00" * 16}


def versions(line: str) -> Mapping[str, str]:
    """For a report: {"clamav": "1.4.6", "signatures": "27300 of 2025-06-10"}."""
    engine, _, database = line.removeprefix("ClamAV ").partition("/")
    made_at = database_date(line)
    signatures = f"{database.partition('/')[0]} of {made_at:%Y-%m-%d}" if made_at else "undated"
    return MappingProxyType({"clamav": engine, "signatures": signatures})


def database_date(version: str) -> datetime | None:
    """The day of the signatures in "ClamAV 1.4.6/27300/Tue Jun 10 08:30:00 2025", or None.

    clamd gives its local time without a zone; taken for UTC, it is right to the day.
    """
    try:
        _, _, date = version.split("/", 2)
        return datetime.strptime(date, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def require_fresh(version: str, *, max_age_days: int, now: datetime) -> None:
    """Raise a transient `ScanError` unless clamd's version line names signatures of late."""
    made_at = database_date(version)
    if made_at is None:
        raise ScanError(
            "The virus scanner has no dated signatures: the operator should run freshclam.",
            transient=True,
        )
    if now - made_at > timedelta(days=max_age_days):
        raise ScanError(
            f"The virus scanner's signatures are of {made_at:%Y-%m-%d}, older than "
            f"{max_age_days} days: the operator should see why freshclam does not run.",
            transient=True,
        )


def require_alerts(clamd: Clamd) -> None:
    """Raise a transient `ScanError` if clamd says OK to what it did not look into."""
    if missing := silent_lines(clamd):
        lines = " and ".join(f"“{line}”" for line in missing)
        raise ScanError(
            "The virus scanner says OK to files that it did not look into: the operator should "
            f"set {lines} in clamd.conf and restart it.",
            transient=True,
        )


def silent_lines(clamd: Clamd) -> list[str]:
    """The lines that are missing in its clamd.conf: it says OK to what they should make it tell.

    It is asked with three made-up files of some kilobytes; this takes some milliseconds.
    """
    return [line for line, probe in _probes().items() if clamd.instream([probe]) == CLEAN]


def _probes() -> dict[str, bytes]:
    # New each time: clamd remembers what it has found clean, and what is packed in that.
    text = PROBE_TEXT + secrets.token_hex(16).encode()
    return {
        "AlertExceedsMax yes": nested_zip(text, DEPTH),
        "AlertEncryptedArchive yes": encrypted_zip(text),
        "AlertEncryptedDoc yes": _SEALED_PDF + b"%" + text,
    }


def nested_zip(text: bytes, depth: int) -> bytes:
    """An archive in an archive, so many times."""
    for _ in range(depth):
        text = _zipped(text)
    return text


def encrypted_zip(text: bytes) -> bytes:
    """An archive whose only member claims to be encrypted (APPNOTE.TXT, 4.4.4: bit 0)."""
    data = bytearray(_zipped(text))
    for signature, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + flags_at
        data[at : at + 1] = _ENCRYPTED
    return bytes(data)


def _zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inner", data)
    return out.getvalue()

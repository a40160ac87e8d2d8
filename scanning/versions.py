"""Which rules a report was made by, so that two reports can be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

_ROOM = Path(__file__).resolve().parent
_DOOR = _ROOM.parent / "backends" / "presidio"
SHOWN_DIGITS = 12  # of a SHA-256: enough to tell versions apart


def rules_sha256(recognizers: Path | None = None) -> str:
    """Of all that decides what is found: this room, the door to Presidio, a site's recognisers."""
    digest = hashlib.sha256()
    for name, path in _rules(recognizers):
        digest.update(f"{name} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:SHOWN_DIGITS]


def _rules(recognizers: Path | None) -> Iterator[tuple[str, Path]]:
    """By names that are the same wherever the site is installed."""
    rooms = (_ROOM, _DOOR)
    sources = (path for room in rooms for end in ("py", "yaml") for path in room.rglob(f"*.{end}"))
    for path in sorted(sources):
        yield path.relative_to(_ROOM.parent).as_posix(), path
    if recognizers:
        yield "the site's recognisers", recognizers

"""The entities of a run record: flat JSON-LD objects that point at one another by @id."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

Entity = dict[str, Any]
ROOT = "./"  # what is handed over, as one

# Python's own table, not the host's: the record of a result is the same wherever it is made.
_TYPES = mimetypes.MimeTypes()
_PACKED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}
_UNKNOWN = "application/octet-stream"
COMPLETED, FAILED = (f"http://schema.org/{word}ActionStatus" for word in ("Completed", "Failed"))


def entity(id: str, type: str | list[str], **properties: Any) -> Entity:
    """One entity; properties that are not known are left out, a list of one is that one."""
    known = {name: value for name, value in properties.items() if value not in (None, "", [])}
    return {"@id": id, "@type": type} | {name: _compact(value) for name, value in known.items()}


def _compact(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def ref(id: str) -> Entity:
    """What points at the entity of this id."""
    return {"@id": id}


def refs(entities: Iterable[Entity]) -> list[Entity]:
    """What points at these entities."""
    return [ref(one["@id"]) for one in entities]


def figure(id: str, name: str, value: float | str, unit: str = "", **rest: Any) -> Entity:
    """A number or a word about something, with its name for people."""
    return entity(id, "PropertyValue", name=name, value=value, unitText=unit, **rest)


def moment(at: datetime | None) -> str | None:
    """As RO-Crate wants it: ISO 8601, in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None


def packed_text(files: int) -> str:
    """What a ZIP is that the node has made of so many files."""
    counted = "one file" if files == 1 else f"{files:,} files"
    return f"{counted}, packed into one ZIP"


def media_type(name: str) -> str:
    """What a file's name says of its content; nobody looked into it."""
    kind, packed = _TYPES.guess_type(f"/{name}", strict=True)
    return _PACKED.get(packed, _UNKNOWN) if packed else kind or _UNKNOWN

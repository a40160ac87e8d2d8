"""The names of segments, manifests of them, and what a container's listing tells of both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from backends.base import Footprint, Part

SEGMENTS = ".segments/"
SEGMENT = re.compile(r"\.segments/(?P<name>.+)/(?P<key>[0-9a-f]{32})/\d{8}", re.DOTALL)


def segment(name: str, key: str, number: int) -> str:
    """The name under which a part is stored."""
    return f"{SEGMENTS}{name}/{key}/{number:08d}"


def upload_of(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """Name and key of the upload that a segment is of; None for what is no segment of ours."""
    match = SEGMENT.fullmatch(row["name"])
    return (match["name"], match["key"]) if match else None


def part_number(row: Mapping[str, Any], prefix: str) -> int | None:
    """Which part of the upload below `prefix` it is; None for what is none."""
    match = re.fullmatch(r"\d{8}", row["name"].removeprefix(prefix))
    return int(match[0]) if match else None


def manifest(
    container: str, name: str, key: str, parts: Sequence[Part]
) -> list[dict[str, str | int]]:
    """What SLO is told of the parts that an object is made of."""
    return [
        {
            "path": f"/{container}/{segment(name, key, part.number)}",
            "etag": part.etag,
            "size_bytes": part.size_bytes,
        }
        for part in parts
    ]


def changed_at(row: Mapping[str, Any]) -> datetime:
    """When it was stored."""
    return datetime.fromisoformat(row["last_modified"]).replace(tzinfo=UTC)


def footprint(rows: Iterable[Mapping[str, Any]]) -> Footprint:
    """All of these rows together.

    A manifest is listed with the size of what it names; that is stored, and listed, elsewhere.
    """
    objects = segments = size_bytes = 0
    for row in rows:
        is_segment = row["name"].startswith(SEGMENTS)
        segments, objects = segments + is_segment, objects + (not is_segment)
        size_bytes += 0 if "slo_etag" in row else row["bytes"]
    return Footprint(objects, segments, size_bytes)

"""The manifest: the node's word for what a run left, and the proof that it is all there.

Research code runs beside the program that writes it and could write one itself: nothing in it is
believed beyond its form and what the store confirms.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from backends.base import ObjectNotFound, Store, StoreError
from jobs.jobfile import MAX_RESULTS, manifest_name, piece_name
from jobs.models import Job

MAX_MANIFEST_BYTES = 5_000_000


@dataclass(frozen=True)
class Result:
    """One file of the result; `pieces` are objects in the store, in order."""

    name: str
    size_bytes: int
    sha256: str
    pieces: tuple[tuple[str, int], ...]
    crc32: int | None = None  # nodes tell it since archives are made of results
    packed_files: int | None = None  # how many the node has packed into it; newer nodes tell it


def find_manifest(job: Job, store: Store) -> tuple[Result, ...] | None:
    """The newest attempt's manifest, every object of which is stored with its size; else None.

    None is no failure: the store, or the node, may need a moment more. A final `StoreError` if
    there is one that makes no sense.
    """
    for attempt in range(job.restart_count, -1, -1):
        try:
            text = store.read(manifest_name(job, attempt), max_bytes=MAX_MANIFEST_BYTES)
        except ObjectNotFound:
            continue
        results = read_manifest(job, attempt, text)
        return results if _all_stored(results, store) else None
    return None


def manifest_notes(job: Job, store: Store) -> dict[str, Any]:
    """All that the newest attempt's manifest says, unread; {} if there is none that is JSON."""
    for attempt in range(job.restart_count, -1, -1):
        try:
            text = store.read(manifest_name(job, attempt), max_bytes=MAX_MANIFEST_BYTES)
            content = json.loads(text)
        except (ObjectNotFound, ValueError, RecursionError):
            continue
        return content if isinstance(content, dict) else {}
    return {}


def read_manifest(job: Job, attempt: int, text: bytes) -> tuple[Result, ...]:
    """The files that a manifest names; a final `StoreError` for one that makes no sense."""
    try:
        content = json.loads(text)
        _require(content["job"] == str(job.pk) and content["attempt"] == attempt)
        _require(1 <= len(content["results"]) <= MAX_RESULTS)
        results = tuple(_result(job, attempt, entry) for entry in content["results"])
        names = [name for result in results for name, _size in result.pieces]
        _require(len(set(names)) == len(names))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        raise StoreError("The run left a manifest that makes no sense.", transient=False) from None
    return results


def _require(claim: bool) -> None:
    if not claim:
        raise ValueError


def _result(job: Job, attempt: int, entry: dict[str, Any]) -> Result:
    pieces = [(int(piece["slot"]), int(piece["size_bytes"])) for piece in entry["pieces"]]
    slots = [slot for slot, _size in pieces]
    _require(bool(pieces) and len(set(slots)) == len(slots))
    _require(min(slots) >= 0 and max(slots) < MAX_RESULTS)
    _require(sum(size for _slot, size in pieces) == entry["size_bytes"])
    _require(re.fullmatch(r"[0-9a-f]{64}", entry["sha256"]) is not None)
    crc32 = entry.get("crc32")
    _require(crc32 is None or (type(crc32) is int and 0 <= crc32 < 2**32))
    packed_files = entry.get("packed_files")
    _require(packed_files is None or (type(packed_files) is int and 0 < packed_files < 2**32))
    return Result(
        name=storable(entry["name"])[:1024],
        size_bytes=entry["size_bytes"],
        sha256=entry["sha256"],
        pieces=tuple((piece_name(job, attempt, slot), size) for slot, size in pieces),
        crc32=crc32,
        packed_files=packed_files,
    )


def storable(text: str) -> str:
    """Text of a node's making, without what no database stores: NUL, halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _all_stored(results: tuple[Result, ...], store: Store) -> bool:
    try:
        return all(
            store.stat(name).size_bytes == size
            for result in results
            for name, size in result.pieces
        )
    except ObjectNotFound:
        return False

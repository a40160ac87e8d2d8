"""The manifest: the node's word for what a run left, and the proof that it is all there."""

from __future__ import annotations

import json
from dataclasses import dataclass

from backends.base import ObjectNotFound, Store, StoreError
from jobs.jobfile import manifest_name, piece_name
from jobs.models import Job

MAX_MANIFEST_BYTES = 5_000_000


@dataclass(frozen=True)
class Result:
    """One file of the result; `pieces` are objects in the store, in order."""

    name: str
    size_bytes: int
    sha256: str
    pieces: tuple[tuple[str, int], ...]


def find_manifest(job: Job, store: Store) -> tuple[Result, ...] | None:
    """The newest attempt's manifest, every object of which is stored with its size; else None.

    None is no failure: the store, or the node, may need a moment more.
    """
    for attempt in range(job.restart_count, -1, -1):
        try:
            text = store.read(manifest_name(job, attempt), max_bytes=MAX_MANIFEST_BYTES)
        except ObjectNotFound:
            continue
        results = _parse(job, attempt, text)
        return results if _all_stored(results, store) else None
    return None


def _parse(job: Job, attempt: int, text: bytes) -> tuple[Result, ...]:
    try:
        content = json.loads(text)
        if content["job"] != str(job.pk) or content["attempt"] != attempt:
            raise ValueError("of another job or attempt")
        return tuple(_result(job, attempt, entry) for entry in content["results"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError("The run left a manifest that cannot be read.", transient=False) from error


def _result(job: Job, attempt: int, entry: dict[str, object]) -> Result:
    pieces = entry["pieces"]
    assert isinstance(pieces, list)  # noqa: S101 - a TypeError's twin, caught by nobody: a bug
    return Result(
        name=str(entry["name"])[:1024],
        size_bytes=int(str(entry["size_bytes"])),
        sha256=str(entry["sha256"]),
        pieces=tuple(
            (piece_name(job, attempt, int(piece["slot"])), int(piece["size_bytes"]))
            for piece in pieces
        ),
    )


def _all_stored(results: tuple[Result, ...], store: Store) -> bool:
    try:
        return all(
            store.stat(name).size_bytes == size
            for result in results
            for name, size in result.pieces
        )
    except ObjectNotFound:
        return False

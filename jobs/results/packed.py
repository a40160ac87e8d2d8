"""What is in the ZIP that the node packs too many results into, and previews of some of it.

Of the ZIP only its directory is read, and then the files that are shown.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import itemgetter
from typing import Any

from backends.base import Store
from jobs.manifest import storable
from jobs.models import ResultFile
from jobs.results.names import outer_first
from previews.forms import promise
from previews.zip_directory import Directory, Entry, Unreadable, read_directory

LISTED = 50  # beside those that have a preview


@dataclass(frozen=True)
class Inside:
    """A file in it, as the result's row tells it; what has a preview has been among the first."""

    number: int
    name: str
    size_bytes: int
    preview: dict[str, Any]

    @classmethod
    def of(cls, file: ResultFile) -> list[Inside]:
        """The files in this one that are told of; none, if it is none that a node has packed."""
        return [cls(**told) for told in file.preview.get("inside", [])]

    @classmethod
    def find(cls, file: ResultFile, number: int) -> Inside | None:
        """The one of this number, if it is told of."""
        return next((inside for inside in cls.of(file) if inside.number == number), None)


def entries_of(file: ResultFile, store: Store, until_s: float) -> list[Entry]:
    """The files that the node has packed into it; none, if it is not as nodes pack them.

    Of very many the first only. `until_s`: of the monotonic clock.
    """

    def read(start: int, most_bytes: int) -> bytes:
        with store.stream(file.object_name, start=start) as chunks:
            return _first(takewhile(lambda _: time.monotonic() < until_s, chunks), most_bytes)

    try:
        directory = read_directory(read, file.size_bytes)
    except Unreadable:
        return []
    return directory.entries if _is_as_told(directory, file) else []


def _first(chunks: Iterator[bytes], most_bytes: int) -> bytes:
    data = bytearray()
    while len(data) < most_bytes and (chunk := next(chunks, b"")):
        data += chunk
    return bytes(data[:most_bytes])


def _is_as_told(directory: Directory, file: ResultFile) -> bool:
    return bool(directory.count == file.preview.get("packed_files"))


def showable(entries: Sequence[Entry]) -> list[Entry]:
    """Those that may have a preview."""
    return [one for one in entries if one.is_plain and promise(one.name, one.size_bytes)]


def told(entries: Sequence[Entry], previews: dict[int, dict[str, object]]) -> list[dict[str, Any]]:
    """What the row keeps: those that have a preview, and some of the others of each folder."""
    in_order = sorted(entries, key=lambda entry: outer_first(entry.name))
    listed = _listed([entry for entry in in_order if entry.number not in previews])
    return [
        {
            "number": entry.number,
            "name": storable(entry.name),
            "size_bytes": entry.size_bytes,
            "preview": previews.get(entry.number, {}),
        }
        for entry in in_order
        if entry.number in previews or entry.number in listed
    ]


def _listed(in_order: Iterable[Entry]) -> set[int]:
    """The numbers of those to be named: the folders take turns, so that none hides another."""
    rounds: Counter[str] = Counter()
    turns = []
    for entry in in_order:
        folder = entry.name.rpartition("/")[0]
        turns.append((rounds[folder], entry.number))
        rounds[folder] += 1
    turns.sort(key=itemgetter(0))
    return {number for _, number in turns[:LISTED]}

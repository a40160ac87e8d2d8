"""How the results of two runs differ, in words for a PI."""

import zipfile
from pathlib import Path
from typing import IO, Callable, Dict, List, Optional

from ..comparing import PACKED
from ..differing import Change, chunks_of, differences, parting
from ..files import Json

Words = List[str]
Files = Dict[str, Path]
Opener = Callable[[str], IO[bytes]]
SHOWN = 5


def told_differences(found: Dict[str, Change], before: Files, after: Files) -> Words:
    """The first of them: which, how large in both runs, and where they part.

    Of results that were packed into one, it is their names that say something.
    """
    if list(found) == [PACKED] and {PACKED} == set(before) == set(after):
        told = told_members(before[PACKED], after[PACKED])
        if told:
            return told
    return told_each(found, opener_of(before), opener_of(after))


def told_members(before: Path, after: Path) -> Words:
    """Of what is in two ZIPs; [] if they are none, hold the same, or cannot be read.

    Code may call a file of its own so: damaged, with a password, or of a method not known here.
    """
    try:
        with zipfile.ZipFile(str(before)) as one, zipfile.ZipFile(str(after)) as other:
            found = differences(entries(one), entries(other))
            return told_each(found, one.open, other.open)
    except Exception:  # nobody lists all that zipfile and the libraries below it raise
        return []


def entries(archive: zipfile.ZipFile) -> List[Json]:
    """As a manifest has them; a CRC is sum enough to choose what to look into."""
    return [
        {"name": info.filename, "size_bytes": info.file_size, "sha256": f"{info.CRC:08x}"}
        for info in archive.infolist()
    ]


def opener_of(files: Files) -> Opener:
    return lambda name: files[name].open("rb")


def told_each(found: Dict[str, Change], before: Opener, after: Opener) -> Words:
    told = [told_difference(name, found[name], before, after) for name in list(found)[:SHOWN]]
    return told + ([f"and so with {len(found) - SHOWN} more"] if len(found) > SHOWN else [])


def told_difference(name: str, change: Change, before: Opener, after: Opener) -> str:
    """Names are data: quoted, and without what a terminal would obey."""
    if change.after is None:
        return f"{name!r} ({told_size(change.before)}) is missing after the interruptions"
    if change.before is None:
        return f"{name!r} ({told_size(change.after)}) is there only after the interruptions"
    with before(name) as one, after(name) as other:
        place = parting(chunks_of(one), other)
    sizes = f"{told_size(change.before)}, then {told_size(change.after)}"
    return f"{name!r} ({sizes}) differs" + (f" in {place.words}" if place else "")


def told_size(size_bytes: Optional[int]) -> str:
    return "1 byte" if size_bytes == 1 else f"{size_bytes:,} bytes"

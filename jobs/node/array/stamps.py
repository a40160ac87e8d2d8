"""The files that parts are made of: whether they still are as they were when the work was divided.

Parts share them and may be computed again, so no part may find what another has left of them. That
they can only be read keeps nobody from putting others in their places, as `sed -i` does.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Dict, List

from ..checkpoint import sync
from ..files import read_json
from ..kept import walk

STAMPS = "stamps.json"
Stamps = Dict[str, List[int]]


def write_stamps(target: Path, places: "Dict[str, Path]") -> None:
    """Note all files of these directories, whose names in the kept directory are the keys."""
    stamps: Stamps = {}
    for name, place in places.items():
        for entry in walk(place):
            with contextlib.suppress(OSError):  # its last write may be what sets its time
                sync(Path(entry.path))
            inner = Path(entry.path).relative_to(place).as_posix()
            stamps[f"{name}/{inner}"] = stamp_of(entry.path)
    target.write_text(json.dumps(stamps))


def read_stamps(kept: Path) -> Stamps:
    found: Stamps = read_json(kept / "split" / STAMPS)
    return found


def stamp_of(path: str) -> List[int]:
    """Its size, and when it was changed: in whole seconds, as file systems round what is finer."""
    status = os.lstat(path)
    return [status.st_size, int(status.st_mtime)]


def is_unchanged(kept: Path, path: Path, stamps: Stamps) -> bool:
    """Whether the file, or all files of the directory, are as they were noted."""
    name = path.relative_to(kept).as_posix()
    if name in stamps:
        return stamp_of(str(path)) == stamps[name]
    if not path.is_dir():
        return not stamps
    before = {each: stamp for each, stamp in stamps.items() if each.startswith(f"{name}/")}
    now = {Path(e.path).relative_to(kept).as_posix(): stamp_of(e.path) for e in walk(path)}
    return now == before or not stamps

"""A rehearsal watches where research code writes: anywhere else than it may, it is told."""

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any, List, Tuple

FILE = "writes.txt"
MOST = 20
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Of each audit event that changes a path: where in its arguments the path is, and the descriptor
# of the directory that it counts from. See Python's table of audit events.
EVENTS = {
    "os.mkdir": ((0, 2),),
    "os.rmdir": ((0, 1),),
    "os.remove": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((1, 3),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.chmod": ((0, 2),),
    "sqlite3.connect": ((0, None),),
}
# Nothing of a job is there: devices, and what libraries keep for themselves.
HARMLESS = ("/dev", "/proc", os.path.expanduser("~/.cache"))


def watch_writes(folder: Path, allowed: List[str]) -> None:
    """From now on, this process notes in `folder` what it writes to outside of `allowed`.

    So do those that it forks; what it starts anew, and what libraries do without Python, goes
    unseen. Python has such a hook from 3.8 on.
    """
    if hasattr(sys, "addaudithook"):
        sys.addaudithook(WriteWatch(folder, allowed))


class WriteWatch:
    """The hook: writes one line of JSON for each path."""

    def __init__(self, folder: Path, allowed: List[str]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self.notes = os.open(str(folder / FILE), flags, 0o600)
        self.allowed = tuple(
            os.path.join(os.path.realpath(path), "") for path in [*allowed, *HARMLESS]
        )
        self.seen = set()  # type: ignore[var-annotated]

    def __call__(self, event: str, arguments: Tuple[Any, ...]) -> None:
        with contextlib.suppress(Exception):  # an error here would be one of the research code's
            if len(self.seen) < MOST:
                for path in written(event, arguments):
                    self.note(path)

    def note(self, path: str) -> None:
        real = os.path.realpath(path)
        if real not in self.seen and not os.path.join(real, "").startswith(self.allowed):
            self.seen.add(real)
            os.write(self.notes, json.dumps(real).encode() + b"\n")


def written(event: str, arguments: Tuple[Any, ...]) -> List[str]:
    """The paths that this event changes."""
    if event == "open":
        return [path_of(arguments[0], None)] if arguments[2] & WRITING else []
    places = EVENTS.get(event, ())
    paths = [path_of(arguments[at], fd if fd is None else arguments[fd]) for at, fd in places]
    is_there_already = event == "os.mkdir" and os.path.isdir(paths[0])
    return [] if is_there_already else paths


def path_of(path: Any, directory: Any) -> str:
    """Absolute; a descriptor instead of a path was opened before, and seen then."""
    base = os.getcwd() if directory in (None, -1) else f"/proc/self/fd/{directory}"
    return os.path.join(base, os.fsdecode(path))


def noted_writes(folder: Path) -> List[str]:
    """What processes have noted there, sorted."""
    with contextlib.suppress(OSError, ValueError):
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
        return sorted({json.loads(line) for line in lines})
    return []


def as_told(path: str, own: List[str]) -> str:
    """As whoever wrote the code knows the place: within the job's directories, or below ~."""
    home = os.path.realpath(os.path.expanduser("~"))
    for folder, name in [*[(each, "") for each in own], (home, "~/")]:
        if path.startswith(os.path.join(folder, "")):
            return name + os.path.relpath(path, folder)
    return path

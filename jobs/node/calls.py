"""What a process for the research code is asked to do, and what it notes beside its verdict."""

import contextlib
import json
import os
from pathlib import Path
from typing import Optional

from .attempt import Attempt
from .family import HAS_PROC
from .files import CALLED, Json, remove
from .writes import FILE, MOST, as_told, noted_writes

SOCKET_ROOM = 70  # multiprocessing adds up to 32 bytes for its sockets; a path may have 107


def write_call(attempt: Attempt, function: str, arguments: Json) -> None:
    """Write call.json, for the process that is to call the function; its answers are not there.

    The code's temporary files go with the attempt, not into the node's /tmp.
    """
    for name in ("verdict.json", "progress.json", FILE):
        with contextlib.suppress(FileNotFoundError):
            (attempt.work / name).unlink()
    temporary = attempt.work / "tmp"
    remove(temporary)
    temporary.mkdir()
    asked: Json = {"function": function, "arguments": arguments}
    asked["temporary"] = short_name(temporary)
    if attempt.rules.get("watch_writes"):
        given = [arguments[name] for name in ("output", "checkpoint") if name in arguments]
        asked["watch_writes"] = [str(attempt.work), *given]
    (attempt.work / "call.json").write_text(json.dumps(asked))


def short_name(path: Path) -> str:
    """The directory's path, or one that is short enough for the names of sockets (107 bytes).

    The other one leads through our own current directory, for as long as we run.
    """
    own = Path.cwd()
    if len(str(path)) <= SOCKET_ROOM or own not in path.parents or not HAS_PROC:
        return str(path)
    return f"/proc/{os.getpid()}/cwd/{path.relative_to(own)}"


def called_at(attempt: Attempt) -> Optional[float]:
    """When this attempt first called a function of the code, by the monotonic clock; or None."""
    if attempt.code_began_at is None:
        with contextlib.suppress(OSError, ValueError):
            attempt.code_began_at = float((attempt.work / CALLED).read_text())
    return attempt.code_began_at


def take_writes(attempt: Attempt) -> None:
    """Take over what was noted of writes outside, where a rehearsal watches."""
    if attempt.rules.get("watch_writes"):
        own = [os.path.realpath(str(attempt.kept)), str(attempt.directory)]
        noted = [as_told(path, own) for path in noted_writes(attempt.work)]
        found = {*(attempt.writes_outside or []), *noted}
        attempt.writes_outside = sorted(found)[:MOST]

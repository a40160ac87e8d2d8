"""Small files that are never seen half written, and checks of names and content."""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import stat
import unicodedata
from pathlib import Path
from typing import Any, Dict

from .endings import Ending

Json = Dict[str, Any]
CHUNK_BYTES = 256 * 1024
CALLED = "called"  # beside call.json: when the function was called, by the monotonic clock
LOG_HEADER = "== run "  # what begins a start in the log


def replace_file(path: Path, text: str) -> None:
    """Write beside, sync, rename: whoever reads `path` sees the old or the new, never a half."""
    beside = path.with_name(f"{path.name}.{socket.gethostname()}.{os.getpid()}.tmp")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(str(beside), str(path))
    except OSError:
        remove(beside)  # on a full disk not even a half may stay
        raise


def discard(path: Path) -> None:
    """Remove it, gone from one moment to the next: whoever still works in it has no path to it.

    What a kill leaves of it is `gone.<name>` beside.
    """
    gone = path.with_name(f"gone.{path.name}")
    remove(gone)
    with contextlib.suppress(OSError):
        os.rename(str(path), str(gone))
    remove(gone)


def remove(path: Path) -> None:
    """Remove a file or directory if it is there, as far as that is possible."""
    if path.is_symlink() or not path.is_dir():
        with contextlib.suppress(OSError):
            path.unlink()
        return
    shutil.rmtree(str(path), ignore_errors=True)
    if path.is_dir():  # research code may have made directories read-only
        make_writable(path)
        shutil.rmtree(str(path), ignore_errors=True)


def make_writable(directory: Path) -> None:
    with contextlib.suppress(OSError):
        directory.chmod(stat.S_IRWXU)
        for entry in os.scandir(str(directory)):
            if entry.is_dir(follow_symlinks=False):
                make_writable(Path(entry.path))


def read_json(path: Path) -> Json:
    """A JSON object that may not be there yet: then, or if it is none, {}."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def plain_name(name: str) -> str:
    """`name` if it is one plain file name; the server made it so, and it is checked again."""
    is_plain = isinstance(name, str) and "/" not in name and name not in ("", ".", "..")
    if not is_plain or not is_printable(name):
        raise Ending("broken_job", f"job.json names a file {name!a}.")
    return name


def is_printable(name: str) -> bool:
    """Without control characters and undecodable bytes; any other Unicode is welcome."""
    return all(unicodedata.category(character) not in ("Cc", "Cs") for character in name)


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
            digest.update(chunk)
    return digest.hexdigest()

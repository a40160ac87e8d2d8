"""Small files that are never seen half written, and checks of names and content."""

import hashlib
import json
import os
import socket
import unicodedata
from pathlib import Path
from typing import Any, Dict

from .endings import Ending

Json = Dict[str, Any]
CHUNK_BYTES = 256 * 1024
CALLED = "called"  # beside call.json: when the function was called, by the monotonic clock


def replace_file(path: Path, text: str) -> None:
    """Write beside, sync, rename: whoever reads `path` sees the old or the new, never a half."""
    beside = path.with_name(f"{path.name}.{socket.gethostname()}.{os.getpid()}.tmp")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(str(beside), str(path))


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

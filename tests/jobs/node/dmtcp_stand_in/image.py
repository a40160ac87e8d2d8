"""What stands in for a checkpoint image, and how dmtcp_restart was seen to take a damaged one."""

import hashlib
import json
from pathlib import Path
from typing import Any

MAGIC = b"STAND-IN IMAGE\n"
PADDING = 4000  # as the end of a real image, without which it was seen to run


class NoImage(Exception):
    """Empty, or something else: DMTCP ends with DMTCP_FAIL_RC."""


class Damaged(Exception):
    """Of a half, or of one with flipped bytes, DMTCP dies by SIGSEGV."""


def write(path: Path, content: "dict[str, Any]") -> None:
    """Make an image of a process."""
    data = json.dumps(content).encode()
    digest = hashlib.sha256(data).hexdigest().encode()
    path.write_bytes(MAGIC + b"%d %s\n" % (len(data), digest) + data + b"\0" * PADDING)


def read(path: Path) -> "dict[str, Any]":
    """The process that is in it."""
    whole = path.read_bytes() if path.exists() else b""
    if not whole.startswith(MAGIC):
        raise NoImage
    words, _, rest = whole[len(MAGIC) :].partition(b"\n")
    size, digest = words.split()
    data = rest[: int(size)]
    if hashlib.sha256(data).hexdigest().encode() != digest:
        raise Damaged
    found: dict[str, Any] = json.loads(data)
    return found

"""Files in job directories of the local cluster, where research code may plant anything."""

from __future__ import annotations

import os
import shutil
from itertools import accumulate
from pathlib import Path

from backends.jobdir import MAX_FILES_BYTES, MAX_NAMES_BYTES, is_plain


def names(directory: Path, prefix: str) -> list[str]:
    """The plain names there that begin so, in order; none if it is no directory."""
    if not directory.parent.is_dir():  # no scratch: that says nothing of what is in it
        raise FileNotFoundError(directory.parent)
    if directory.is_symlink() or not directory.is_dir():
        return []
    found = sorted(name for name in os.listdir(directory) if name.startswith(prefix))
    ends = accumulate(len(name) for name in found)
    fit = [name for name, end in zip(found, ends, strict=True) if end <= MAX_NAMES_BYTES]
    return [name for name in fit if is_plain(name)]


def contents(directory: Path, prefix: str, max_bytes: int) -> dict[str, bytes]:
    """The files of those names, without links, pipes, and what is too large."""
    found: dict[str, bytes] = {}
    room = MAX_FILES_BYTES
    for path in (directory / name for name in names(directory, prefix)):
        if not is_file(path) or path.stat().st_size > max_bytes:
            continue
        found[path.name] = tail(path, max_bytes)
        room -= len(found[path.name])
        if room <= 0:
            break
    return found


def tail(path: Path, max_bytes: int) -> bytes:
    """The last bytes of a file; none if there is no file, but perhaps a link or a pipe."""
    if not is_file(path):  # a pipe would keep us waiting
        return b""
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - max_bytes))
        return file.read(max_bytes)


def is_file(path: Path) -> bool:
    """Whether it is a file itself, not a link to one."""
    return path.is_file() and not path.is_symlink()


def remove_tree(directory: Path) -> None:
    """Remove it all; research code may leave directories that even their owner may not write to."""
    if not directory.exists():
        return
    for folder, _, _ in os.walk(directory):
        os.chmod(folder, 0o700)
    shutil.rmtree(directory)

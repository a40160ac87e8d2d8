"""The parent's side: each file is read in a process of its own, with little time and memory.

Neither the file nor its preview touches a disk or a pipe: both lie in memory that the kernel
hands from process to process, and bounds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import IO

from previews.forms import HEAD_BYTES, KiB, expected_bytes, form_of, wanted_bytes
from previews.kinds import FACTS, MAX_PREVIEW_BYTES, Kind, Preview
from previews.zip_directory import LOCAL_BYTES, Entry

ROOT = Path(__file__).resolve().parent.parent
LONGEST_S = 8.0  # for one file
# Nothing else of the worker's environment, which holds its secrets.
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}
_MAX_EXTRA_BYTES = 64  # beside a file's name in a ZIP; our nodes write 20
_MAX_ABOUT_BYTES = 1_000
_MAX_FACT = 2**53  # what JSON's readers agree on


def preview_of(
    name: str, size_bytes: int, chunks: Iterator[bytes], *, until_s: float
) -> Preview | None:
    """The preview of a file, which is read from its start as far as need be; None for none.

    None also if the moment `until_s` of the monotonic clock has come before it was made, and
    whatever else happens to the child. Errors of the chunks' source pass through.
    """
    timely = takewhile(lambda _: time.monotonic() < until_s, chunks)
    with _memory("file") as file:
        _fill(file, timely, min(HEAD_BYTES, size_bytes))
        form = form_of(name, _head(file))
        wanted = wanted_bytes(form, size_bytes) if form else 0
        if not form or _fill(file, timely, wanted) < wanted or not wanted:
            return None
        file.truncate(wanted)
        file.seek(0)
        cut = ["cut"] if wanted < size_bytes else []
        return _made([form.value, *cut], file, until_s=until_s)


def preview_of_packed(entry: Entry, chunks: Iterator[bytes], *, until_s: float) -> Preview | None:
    """The same of a file in a ZIP; `chunks` of the ZIP, from the entry's offset on.

    It is unpacked in the child, so its form is known there only: no more is read than a file of
    its name can need.
    """
    wanted = expected_bytes(entry.name, entry.size_bytes) if entry.is_plain else 0
    if not wanted:
        return None
    timely = takewhile(lambda _: time.monotonic() < until_s, chunks)
    # What cannot be compressed gets longer by 5 bytes for each 16 KiB at most.
    packed = min(entry.packed_bytes, wanted + wanted // 1000 + KiB)
    with _memory("file") as file:
        _fill(file, timely, most := LOCAL_BYTES + entry.name_bytes + _MAX_EXTRA_BYTES + packed)
        file.truncate(min(file.tell(), most))
        file.seek(0)
        # Of its name nothing but its end is told to the child, and seen in the list of processes.
        told = replace(entry, name=f"file{PurePosixPath(entry.name).suffix}")
        return _made(["packed", json.dumps(asdict(told))], file, until_s=until_s)


def _memory(name: str) -> IO[bytes]:
    return os.fdopen(os.memfd_create(name), "w+b", buffering=0)


def _fill(file: IO[bytes], chunks: Iterator[bytes], wanted_bytes: int) -> int:
    """Until it has so many bytes, or there are no more: how many there are."""
    while file.tell() < wanted_bytes and (chunk := next(chunks, b"")):
        file.write(chunk)
    return file.tell()


def _head(file: IO[bytes]) -> bytes:
    return os.pread(file.fileno(), HEAD_BYTES, 0)


def _made(order: list[str], file: IO[bytes], *, until_s: float) -> Preview | None:
    """What a child makes of it."""
    left_s = min(LONGEST_S, until_s - time.monotonic())
    command = [sys.executable, "-m", "previews", *order]
    with _memory("preview") as answer:
        try:
            subprocess.run(
                command,
                stdin=file,
                stdout=answer,
                stderr=subprocess.DEVNULL,  # a traceback may quote the file
                cwd=ROOT,
                env=_ENVIRONMENT,
                timeout=max(left_s, 0),
                check=True,
            )
        except subprocess.SubprocessError:
            return None
        answer.seek(0)
        return _read(answer.read(_MAX_ABOUT_BYTES + MAX_PREVIEW_BYTES))


def _read(answer: bytes) -> Preview | None:
    """The child's answer, of which nothing is believed but its form: it has read the file."""
    about, _, data = answer.partition(b"\n")
    try:
        facts = json.loads(about)
        kind = Kind(facts.pop("kind"))
    except (ValueError, AttributeError, KeyError):
        return None
    known = {name: facts[name] for name in FACTS if _is_fact(facts.get(name))}
    return Preview(kind, data, known) if len(data) <= MAX_PREVIEW_BYTES else None


def _is_fact(value: object) -> bool:
    return type(value) is int and 0 <= value < _MAX_FACT

"""A large file out of a real Swift: read alone, read and scanned."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from backends.base import Scanner, Store
from backends.swift import SwiftStore
from deploy.bench.scan.corpora import stream_of
from deploy.bench.scan.figures import Scale, Stored
from deploy.bench.scan.watched import Watch, file_of
from deploy.demo.site import ROOT
from deploy.swift_one import Credentials, credentials
from scanning.personal import PersonalDataScanner
from scanning.shared import scan_together

NAME = "uploads/bench/1"
PART_BYTES = 32 * 2**20


@contextmanager
def swift(folder: Path) -> Iterator[Store]:
    """A Swift of its own, with its state in the folder."""
    command = [sys.executable, "-m", "deploy.swift_one", str(folder), "--port", "0"]
    with subprocess.Popen(
        [*command, "--die-with-parent"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            ready = process.stdout.readline() if process.stdout else ""
            if not ready.startswith("READY "):
                raise RuntimeError("Swift did not start")
            yield _store(credentials(folder, int(ready.split()[1].rpartition(":")[2])))
        finally:
            process.terminate()


def _store(known: Credentials) -> Store:
    return SwiftStore(
        auth_url=known.auth_url, user=known.user, key=known.key, container="bench-scan"
    )


def put(store: Store, kind: str, size_bytes: int) -> int:
    """Store such a file by parts, and return its size."""
    pieces: list[str] = []
    piece = b""
    for chunk in stream_of(kind, size_bytes):
        piece += chunk
        if len(piece) >= PART_BYTES:
            pieces.append(_piece(store, len(pieces), piece))
            piece = b""
    if piece:
        pieces.append(_piece(store, len(pieces), piece))
    return store.join(NAME, pieces).size_bytes


def _piece(store: Store, number: int, data: bytes) -> str:
    name = f"uploads/bench/pieces/{number:04}"
    store.write(name, data)
    return name


def measure(
    store: Store,
    size_bytes: int,
    scale: Scale,
    *,
    personal: PersonalDataScanner,
    clamd: Scanner | None,
) -> Stored:
    """The best of some rounds each, by turns."""
    watch = Watch(personal)
    watch.start()
    read_s, scan_s, with_clamd_s = [], [], []
    for _ in range(scale.stored_rounds):
        read_s.append(_seconds(store, size_bytes, []))
        scan_s.append(_seconds(store, size_bytes, [personal]))
    if clamd:
        with_clamd_s.append(_seconds(store, size_bytes, [personal, clamd]))
    watch.stop()
    return Stored(min(read_s), min(scan_s), min(with_clamd_s, default=None), watch.written_bytes)


def _seconds(store: Store, size_bytes: int, scanners: Sequence[Scanner]) -> float:
    """For reading it; with scanners also for its sums, as the step `scan` does it."""
    began = time.monotonic()
    with store.stream(NAME) as chunks:
        if scanners:
            file = file_of(lambda: iter(()), size_bytes)
            reports = scan_together(file, _summed(chunks), scanners)
            if reports[0].reasons:
                print(f"  not read closely as a whole: {', '.join(reports[0].reasons)}")
        else:
            for _ in chunks:
                pass
    return time.monotonic() - began


def _summed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Two sums, of the whole and of its parts, as uploads.proof makes them."""
    sums = hashlib.sha256(), hashlib.sha256()
    for chunk in chunks:
        for one in sums:
            one.update(chunk)
        yield chunk

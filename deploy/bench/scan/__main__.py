"""python -m deploy.bench.scan [--quick]

Presidio and clamd as we use them, beside naive ways to use them; memory; a file out of a Swift.
All that it starts and stores is gone at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from backends.clamav import ClamavScanner
from deploy.bench.scan.clamav import clamd_figures
from deploy.bench.scan.corpora import stream_of
from deploy.bench.scan.figures import QUICK, Measured, Scale, Watched
from deploy.bench.scan.report import show
from deploy.bench.scan.sides import compare, gate_mb_per_s
from deploy.bench.scan.stored import measure, put, swift
from deploy.bench.scan.watched import file_of, warm_scanner, watched
from deploy.demo.site import ROOT
from deploy.testbed.clamd import Clamd as ClamdPart
from deploy.testbed.clamd import own_clamd
from deploy.testbed.place import Bed
from scanning.personal import PersonalDataScanner

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.scan")
    parser.add_argument("--quick", action="store_true", help="little of everything, in a minute")
    scale = QUICK if parser.parse_args(argv).quick else Scale()
    show(measured_at(scale), scale)
    return 0


def measured_at(scale: Scale) -> Measured:
    """All of it, the processes first: this one is small then."""
    measured = Measured()
    with tempfile.TemporaryDirectory(prefix="freeloader-bench-", dir=_in_memory()) as folder:
        _measure_processes(measured, Path(folder), scale)
    _tell("the gate alone")
    measured.gate_mb_per_s = gate_mb_per_s(scale)
    measured.compared = compare(scale, _tell)
    if scale.with_accuracy:
        _tell("make accuracy")
        measured.accuracy = _accuracy()
    return measured


def _accuracy() -> Mapping[str, object]:
    """The figures of `make accuracy`; none where it cannot get the files that it reads."""
    command = [sys.executable, "-m", "deploy.accuracy"]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    last = said.stdout.rpartition("\n{")[2]
    return dict(json.loads("{" + last)) if last else {}


def _measure_processes(measured: Measured, folder: Path, scale: Scale) -> None:
    _tell("memory, and a file of prose that is far too long")
    with ExitStack() as stack:
        scanner = stack.enter_context(warm_scanner(scale.budget))
        measured.small = _scanned(scanner, scale.small_bytes)
        measured.large = _scanned(scanner, scale.large_bytes)
        _tell("a file of FASTQ out of Swift")
        clamd = stack.enter_context(_clamd(folder / "clamd"))
        store = stack.enter_context(swift(folder / "swift"))
        size_bytes = put(store, "fastq", scale.stored_bytes)
        measured.stored = measure(store, size_bytes, scale, personal=scanner, clamd=clamd)
    if clamd:
        _tell("clamd")
        measured.clamd = clamd_figures(min(scale.stored_bytes, 2**26), scale.rounds)


def _scanned(scanner: PersonalDataScanner, size_bytes: int) -> Watched:
    file = file_of(lambda: stream_of("prose", size_bytes), size_bytes)
    return watched(scanner, lambda: scanner.scan(file))


@contextmanager
def _clamd(folder: Path) -> Iterator[ClamavScanner | None]:
    """A scanner with a clamd of its own; None where it is not installed."""
    if ClamdPart(Bed(folder)).obstacle():
        yield None
        return
    with own_clamd(folder) as part:
        socket = str(part.describe().socket)
        yield ClamavScanner(socket, max_database_age_days=None)


def _in_memory() -> Path | None:
    return SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None


def _tell(what: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m deploy.accuracy`: measure the scan for personal data; see docs/scanning.md.

Fails if the half “report” misses what is promised. Rules may be tuned by `--half tune` only.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.accuracy.corpus import HALVES, CleanFile, gather
from deploy.accuracy.packages import download, shipped_in
from deploy.accuracy.planting import Planter
from deploy.accuracy.reading import read_all
from deploy.accuracy.report import Measured, is_found, show

PACKAGES = Path(".cache/accuracy")


def main() -> None:
    options = _options()
    PACKAGES.mkdir(parents=True, exist_ok=True)
    download(PACKAGES)
    corpus = gather(shipped_in(PACKAGES))
    _show_split(corpus)
    measured = measure([file for file in corpus if file.half == options.half], options)
    if options.details:
        _show_details(measured)
    show(measured)
    sys.exit(0 if measured.is_good else "The scan is worse than docs/scanning.md promises.")


def measure(files: Sequence[CleanFile], options: argparse.Namespace) -> Measured:
    """Read the clean files, then others with something planted in those that passed."""
    readings = read_all([file.content for file in files], done=_progress("clean", len(files)))
    clean = list(zip(files, readings, strict=True))
    hosts = [file for file, reading in clean if not reading.strong and not file.names_people]
    cases = list(Planter(hosts, options.half, options.seed).cases())
    found = read_all([case.content for case in cases], done=_progress("planted", len(cases)))
    return Measured(options.half, clean, list(zip(cases, found, strict=True)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.accuracy", description=__doc__)
    parser.add_argument("--half", choices=HALVES, default="report")
    parser.add_argument("--seed", type=int, default=5, help="of what is planted")
    parser.add_argument("--details", action="store_true", help="name the files that are wrong")
    return parser.parse_args()


def _progress(what: str, total: int) -> Callable[[int], None]:
    begun = time.monotonic()

    def show_progress(number: int) -> None:
        if number % 100 == 0 or number == total:
            seconds = time.monotonic() - begun
            print(f"{what}: {number} of {total} files read, {seconds:.0f} s", file=sys.stderr)

    return show_progress


def _show_split(corpus: Sequence[CleanFile]) -> None:
    halves = Counter(file.half for file in corpus)
    packages = Counter(file.package for file in corpus)
    print(
        f"{len(corpus)} files from {len(packages)} packages, split by the parity of their SHA-256:"
    )
    print("  " + ", ".join(f"{half} {halves[half]}" for half in HALVES))
    print("  " + ", ".join(f"{name} {count}" for name, count in sorted(packages.items())) + "\n")


def _show_details(measured: Measured) -> None:
    """Which clean files would be held, and which plants were missed; contents are not shown."""
    for file, reading in measured.flagged:
        print(f"held: {file.sha256} {file.package} {file.name} {dict(reading.strong)}")
    for case, reading in measured.planted:
        if not is_found(case, reading):
            print(f"missed: {case.entity}, {case.place} {case.origin}")


if __name__ == "__main__":
    main()

"""python -m deploy.bench.results [--quick] [--mib N] [--rounds N] [--jobs N] [--api native|s3]

On either API of the store a demonstration of its own, with a result in it: all of it in one ZIP
and its files alone, by turns. Then a large run record, and the pages that read the rows of very
many jobs. All of it is deleted at the end.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from deploy.bench.held import MIB
from deploy.bench.results.figures import QUICK, Measured, Scale
from deploy.bench.results.report import show
from deploy.bench.results.runs import (
    LARGE_FILES,
    SMALL_BYTES,
    measure_downloads,
    measure_looks,
    stored,
    sums_s_per_gb,
)
from deploy.bench.site import APIS, BenchSite
from deploy.demo.run import prepared, serving
from deploy.demo.site import ROOT, free_port

STATE = ROOT / ".demo" / "bench-results"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, delete; 1 if there is no curl."""
    options = _parse(argv)
    if not shutil.which("curl"):
        print("curl is missing: apt-get install curl", file=sys.stderr)
        return 1
    scale = _scale(options)
    show(measured_on(options.api or APIS, STATE, scale), scale)
    return 0


def measured_on(apis: Sequence[str], state: Path, scale: Scale) -> Measured:
    """All of it; nothing of it stays. What reads rows alone is measured on the first API."""
    measured = Measured(sums_s_per_gb=sums_s_per_gb())
    for api in apis:
        _tell(f"{api}: the ZIP of {scale.size_mib} MiB, and its files alone")
        try:
            _measure(BenchSite(state / api, free_port(), free_port(), api=api), scale, measured)
        finally:
            shutil.rmtree(state, ignore_errors=True)
    return measured


def _measure(site: BenchSite, scale: Scale, measured: Measured) -> None:
    with prepared(site), serving(site):
        of_large = [scale.size_mib * MIB // LARGE_FILES] * LARGE_FILES
        large, small = stored(site, of_large, [SMALL_BYTES] * scale.small_files)
        measured.downloads[site.api] = measure_downloads(large, small, scale)
        if not measured.looks:
            _tell(f"{site.api}: a record of {scale.record_files} files, {scale.jobs} jobs")
            measured.looks = measure_looks(site, scale)


def _tell(what: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {what}", flush=True)


def _scale(options: argparse.Namespace) -> Scale:
    scale = QUICK if options.quick else Scale()
    return replace(
        scale,
        size_mib=options.mib or scale.size_mib,
        rounds=options.rounds or scale.rounds,
        jobs=options.jobs or scale.jobs,
    )


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.results")
    parser.add_argument(
        "--quick", action="store_true", help="little of everything, in half a minute"
    )
    parser.add_argument("--mib", type=int, help="of the large result; 1024 else")
    parser.add_argument("--rounds", type=int, help="of ZIP and files; 5 else")
    parser.add_argument("--jobs", type=int, help="for the pages that read many; 20000 else")
    parser.add_argument("--api", action="append", choices=APIS, help="both else")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())

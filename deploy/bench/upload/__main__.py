"""python -m deploy.bench.upload [--quick] [--mib N] [--api native|s3]

On either API of the store a demonstration of its own, and before it the page in a real Chromium
and curl, by turns. All of it is deleted at the end.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from deploy.bench.site import APIS
from deploy.bench.upload.figures import QUICK, Measured, Scale
from deploy.bench.upload.report import show
from deploy.bench.upload.runs import measure, site_on
from deploy.chromium import CHROMIUM
from deploy.demo.site import ROOT

STATE = ROOT / ".demo" / "bench"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, delete; 1 if something is missing that it needs."""
    options = _parse(argv)
    for program in (CHROMIUM, "curl"):
        if not shutil.which(program):
            print(f"{program} is missing: apt-get install chromium curl", file=sys.stderr)
            return 1
    scale = QUICK if options.quick else Scale()
    scale = replace(scale, size_mib=options.mib or scale.size_mib)
    show(measured_on(options.api or APIS, STATE, scale), scale)
    return 0


def measured_on(apis: Sequence[str], state: Path, scale: Scale) -> dict[str, Measured]:
    """All of it, by API; nothing of it stays."""
    measured = {}
    with tempfile.TemporaryDirectory(prefix="freeloader-bench-", dir=_in_memory()) as memory:
        for api in apis:
            print(f"[{time.strftime('%H:%M:%S')}] {api}", flush=True)
            try:
                measured[api] = measure(site_on(api, state, Path(memory)), scale)
            finally:
                shutil.rmtree(state, ignore_errors=True)
    return measured


def _in_memory() -> Path | None:
    return SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.upload")
    parser.add_argument("--quick", action="store_true", help="little of everything, in a minute")
    parser.add_argument("--mib", type=int, help="of the large file; 1024 else")
    parser.add_argument("--api", action="append", choices=APIS, help="both else")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())

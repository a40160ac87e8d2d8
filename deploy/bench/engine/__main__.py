"""python -m deploy.bench.engine [--quick]: what the engine costs, on a test bed that is up.

The same site runs on PostgreSQL and then on SQLite. Jobs that do nothing go through it, one after
another and many at once; then, with the site's own processes stopped, looks at many waiting Slurm
jobs and submits are timed and what they send over SSH is counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.bench.engine.fleet import PARTITION, Fleet, fleet_of
from deploy.bench.engine.report import Measured, show
from deploy.bench.engine.runs import measure
from deploy.bench.engine.site import EngineSite, sites_on
from deploy.testbed import TestbedEnv, load
from deploy.testbed.place import PartError


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    alone: int
    at_once: int
    submits: int
    fleets: Sequence[int]
    databases: Sequence[str] = ("postgresql", "sqlite")


WHOLE = Scale(alone=12, at_once=100, submits=20, fleets=(10, 1_000, 10_000))
QUICK = Scale(alone=1, at_once=2, submits=2, fleets=(3, 10))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, clean up; 1 if something of the test bed failed."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.engine")
    parser.add_argument("--quick", action="store_true", help="few of everything, in a minute")
    scale = QUICK if parser.parse_args(argv).quick else WHOLE
    try:
        with tempfile.TemporaryDirectory(prefix="freeloader-bench-") as folder:
            show(measured_on(load(), Path(folder), scale))
    except PartError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def measured_on(bed: TestbedEnv, folder: Path, scale: Scale) -> dict[str, Measured]:
    """All of it, by the name of the database."""
    with sites_on(bed, folder, scale.databases) as sites:
        measured = {}
        for site in sites:
            _say(f"jobs on {site.name}")
            measured[site.name] = Measured(measure(site, alone=scale.alone, at_once=scale.at_once))
        with fleet_of(bed) as fleet:
            _measure_looks(sites, fleet, measured, scale)
        return measured


def _measure_looks(
    sites: Sequence[EngineSite], fleet: Fleet, measured: dict[str, Measured], scale: Scale
) -> None:
    for site in sites:
        measured[site.name].submits = site.ask(f"looks.submits({scale.submits}, {PARTITION!r})")
    for size in scale.fleets:
        _say(f"{size} live jobs")
        fleet.grow_to(size)
        for site in sites:
            file = site.folder / "fleet.json"
            file.write_text(json.dumps(fleet.jobs))
            measured[site.name].looks.append(site.ask(f"looks.looks_at({str(file)!r})"))


def _say(words: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

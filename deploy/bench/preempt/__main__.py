"""python -m deploy.bench.preempt [--quick]: goodput under preemption, on a test bed that is up.

The same work, in units of a second, without anything that keeps its progress, with a checkpoint
directory, and as an array of parts of two seconds. Units are waits, not computations: a test bed
pretends to have more processors than its machine. Every start of a job, and of an array's task, has
a computer of its own, which is taken away from it after a time drawn at random (memoryless).
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.bench.engine.site import EngineSite, sites_on
from deploy.bench.preempt.costs import spans
from deploy.bench.preempt.report import Measured, show
from deploy.bench.preempt.runs import WAYS, run_together
from deploy.bench.preempt.storm import Storm
from deploy.testbed import TestbedEnv, load
from deploy.testbed.place import PartError


@dataclass(frozen=True)
class Scale:
    """How long the work is, in seconds, and how often it is interrupted."""

    empty: int
    units: Mapping[str, int]
    means: Sequence[int]
    within_s: float


# What keeps nothing gets a third of the work, or it would hardly ever end.
WHOLE = Scale(5, {"none": 60, "checkpoint": 180, "array": 360}, (300, 60, 20), within_s=600)
QUICK = Scale(1, dict.fromkeys(WAYS, 6), (5,), within_s=400)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, clean up; 1 if something of the test bed failed, or a result differs."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.preempt")
    parser.add_argument("--quick", action="store_true", help="little of everything, in two minutes")
    parser.add_argument("--seed", type=int, default=1, help="another storm")
    parser.add_argument("--means", help="only these seconds between interruptions: 60,20")
    options = parser.parse_args(argv)
    scale = QUICK if options.quick else WHOLE
    means = [int(word) for word in options.means.split(",")] if options.means else scale.means
    try:
        with tempfile.TemporaryDirectory(prefix="freeloader-bench-") as folder:
            measured = measured_on(load(), Path(folder), scale, means, options.seed)
    except PartError as error:
        print(error, file=sys.stderr)
        return 1
    show(measured)
    return 0


def measured_on(
    bed: TestbedEnv, folder: Path, scale: Scale, means: Sequence[int], seed: int
) -> Measured:
    """All of it."""
    with sites_on(bed, folder, ("postgresql",)) as (site,):
        site.page_script = Path(__file__).with_name("page.py")
        site.package = "deploy.bench.preempt"
        site.start()
        _say("jobs without work")
        measured = Measured(_overhead(site, scale.empty), dmtcp=shutil.which("dmtcp_launch") or "")
        _say("undisturbed")
        calm = {"storm": None, "within_s": scale.within_s}
        measured.calm = run_together(site, scale.units, **calm)  # type: ignore[arg-type]
        for mean_s in means:
            _say(f"a computer is taken away every {mean_s} s on average")
            storm = Storm(mean_s, seed)
            runs = run_together(site, scale.units, storm=storm, within_s=scale.within_s)
            measured.storms[mean_s] = runs
    return measured


def _overhead(site: EngineSite, times: int) -> float:
    """Seconds of a computer that a job needs beside its code's, which does nothing here."""
    before = set(spans(_slurm_log(site)))
    for _ in range(times):
        run_together(site, {"none": 0}, storm=None, within_s=400)
    log = spans(_slurm_log(site))
    return statistics.median(log[number] for number in set(log) - before)


def _slurm_log(site: EngineSite) -> str:
    path = site.bed.state / "slurm" / "log" / "slurmctld.log"
    return path.read_text(errors="replace")


def _say(words: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

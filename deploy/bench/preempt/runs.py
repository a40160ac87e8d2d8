"""One job of each way to keep progress, side by side, in fair weather or in a storm."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.bench.engine.site import EngineSite
from deploy.bench.engine.visitor import click, prepare
from deploy.bench.preempt.costs import CPUS_OF_A_NODE, SACCT, Row, goodput, of_job, parse
from deploy.bench.preempt.storm import Storm, blowing
from deploy.testbed.control import slurm

WAYS = ("none", "checkpoint", "array")
ASK_EVERY_S = 5
ACCOUNTED_AFTER_S = 8  # slurmdbd hears of an end some seconds later
OVER = ("delivered", "failed", "cancelled", "expired")


@dataclass(frozen=True)
class Run:
    """What became of one job: `seconds` from its acceptance to its end, as a visitor waits."""

    way: str
    units: int
    is_done: bool
    seconds: float
    rows: Sequence[Row]
    result: str

    @property
    def goodput(self) -> float:
        """Useful core-seconds over all; 0 for a job that did not come to its end."""
        return goodput(self.units * CPUS_OF_A_NODE, self.rows) if self.is_done else 0.0

    @property
    def interruptions(self) -> int:
        """How often a computer was taken away from it."""
        return sum(row.was_interrupted for row in self.rows)


def run_together(
    site: EngineSite, units: Mapping[str, int], *, storm: Storm | None, within_s: float
) -> list[Run]:
    """One job of each way, so many units long, at the same time; who is late is given up."""
    emails = {way: f"{way}-{time.time_ns()}@bench.example" for way in units}
    with blowing(storm):
        for way, number in units.items():
            click(prepare(f"{site.url}/p/{way}/", emails[way], str(number).encode()))
        began_at = time.monotonic()
        _await_ends(site, list(emails.values()), began_at + within_s)
    told = site.ask("rows.outcomes()")
    for email in emails.values():
        for name in told[email]["slurm_names"]:
            slurm("scancel", f"--name={name}")
    time.sleep(ACCOUNTED_AFTER_S)
    rows = parse(slurm(*SACCT, "-S", "now-1day"))
    return [_run(way, units[way], told[emails[way]], rows) for way in units]


def _await_ends(site: EngineSite, emails: Sequence[str], deadline: float) -> None:
    """Each question starts a Django of its own, so they are few."""
    while time.monotonic() < deadline:
        time.sleep(ASK_EVERY_S)
        told = site.ask("rows.outcomes()")
        if all(told[email]["state"] in OVER for email in emails):
            return


def _run(way: str, units: int, told: Mapping[str, Any], rows: Sequence[Row]) -> Run:
    is_done = told["state"] in ("delivered", "expired")
    seconds = 0.0
    if is_done:
        began, ended = (datetime.fromisoformat(told[at]) for at in ("accepted_at", "completed_at"))
        seconds = (ended - began).total_seconds()
    result = ",".join(told["results"])
    return Run(way, units, is_done, seconds, of_job(rows, told["slurm_names"]), result)

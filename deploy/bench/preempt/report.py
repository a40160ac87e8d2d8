"""What was measured, as a table for people and as one line of JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.bench.preempt.runs import Run


@dataclass
class Measured:
    """All figures: `calm` without interruption, `storms` by the mean of an interruption."""

    overhead_s_per_job: float = 0.0
    calm: Sequence[Run] = ()
    storms: dict[int, list[Run]] = field(default_factory=dict)
    dmtcp: str = ""

    @property
    def expected(self) -> Mapping[tuple[str, int], str]:
        """The undisturbed result of each way, by its length."""
        return {(run.way, run.units): run.result for run in self.calm}


def show(measured: Measured) -> None:
    """The table, then the JSON."""
    print(f"\na job without work: {measured.overhead_s_per_job:.2f} s of a computer, all stages in")
    print(f"  {'':12} {'work':>6} {'interruptions':>14} {'wall':>8} {'goodput':>8}  result")
    for run in measured.calm:
        _line("undisturbed", run, "")
    for mean_s, runs in measured.storms.items():
        for run in runs:
            _line(f"every {mean_s} s", run, verdict(run, measured.expected))
    if not measured.dmtcp:
        print("DMTCP is not installed here: not measured")
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(f"\nload average at the end: {load}; {os.cpu_count()} processors")
    print(json.dumps(summary(measured)))


def _line(weather: str, run: Run, words: str) -> None:
    wall = f"{run.seconds:.0f} s" if run.is_done else "given up"
    print(
        f"  {weather:12} {run.way:11} {run.units:4} s {run.interruptions:6}"
        f" {wall:>14} {run.goodput:8.3f}  {words}"
    )


def verdict(run: Run, expected: Mapping[tuple[str, int], str]) -> str:
    """Whether an interrupted job gave what the undisturbed one gave."""
    if not run.is_done:
        return "not finished"
    known = expected.get((run.way, run.units))
    if known is None:
        return "not compared"
    return "equal" if run.result == known else "DIFFERS"


def summary(measured: Measured) -> dict[str, Any]:
    """The figures under plain names."""
    figures: dict[str, Any] = {"overhead_s_per_job": round(measured.overhead_s_per_job, 3)}
    for run in measured.calm:
        figures[f"overhead_share_{run.way}"] = round(1 - run.goodput, 4)
    for mean_s, runs in measured.storms.items():
        for run in runs:
            figures[f"goodput_{run.way}_{mean_s}s"] = round(run.goodput, 3)
            figures[f"wall_{run.way}_{mean_s}s"] = round(run.seconds, 1) if run.is_done else None
            figures[f"interruptions_{run.way}_{mean_s}s"] = run.interruptions
    expected = measured.expected
    everything = [run for runs in measured.storms.values() for run in runs]
    figures["results_differ"] = sum(verdict(run, expected) == "DIFFERS" for run in everything)
    return figures

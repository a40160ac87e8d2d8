"""What was measured, as tables for people and as one line of JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.bench.engine.runs import Runs
from deploy.bench.engine.timeline import AFTER, BEFORE, HOPS, MEANING, Spread, overhead_of, spread

Looks = Mapping[str, Any]


@dataclass
class Measured:
    """All figures of one database."""

    runs: Runs
    submits: Looks = field(default_factory=dict)
    looks: list[Looks] = field(default_factory=list)

    @property
    def overhead(self) -> Spread:
        """Of the jobs that were sent alone."""
        return spread(overhead_of(steps) for steps in self.runs.alone)

    @property
    def steps(self) -> dict[str, Spread]:
        """Each step of them."""
        names = (*BEFORE, *AFTER)
        return {name: spread(steps[name] for steps in self.runs.alone) for name in names}


def show(measured: Mapping[str, Measured]) -> None:
    """The tables, then the JSON."""
    for name, figures in measured.items():
        _show_overhead(name, figures)
        _show_looks(figures)
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(f"\nload average at the end: {load}; {os.cpu_count()} processors")
    print(json.dumps(summary(measured)))


def _show_overhead(name: str, figures: Measured) -> None:
    print(f"\n{name}: overhead of a job that does nothing, {len(figures.runs.alone)} sent alone")
    print(f"  {'step':16} {'median':>8} {'90 %':>8}  of the overhead")
    whole = figures.overhead
    for step, cost in figures.steps.items():
        share = f"{cost.median / whole.median:4.0%}"
        print(f"  {step:16} {cost.median:7.3f}s {cost.p90:7.3f}s  {share}  {MEANING[step]}")
    print(f"  {'sum, by job':16} {whole.median:7.3f}s {whole.p90:7.3f}s")
    print(f"  {_account(figures)}")
    print(f"  many at once: {figures.runs.jobs_per_min:.0f} jobs per minute")


def _account(figures: Measured) -> str:
    """What bounds the overhead."""
    costs = {name: cost.median for name, cost in figures.steps.items()}
    hops = sum(costs[name] for name in HOPS)
    rest = sum(costs.values()) - hops - costs["notice the end"]
    return (
        f"what bounds it: {costs['notice the end']:.2f} s until the next look at the cluster (one a"
        f" second here, one in five by default), {hops:.2f} s in four steps that begin with a wait"
        f" in django-q2's queue (read five times a second), {rest:.2f} s in all the others"
    )


def _show_looks(figures: Measured) -> None:
    submits = figures.submits
    print(f"  one submit: {submits['submit_s']:.3f} s; {_counts(submits['per_submit'])}")
    print(f"    of it {_parts(submits['parts_s'])}")
    for look in figures.looks:
        print(f"  a look at {look['jobs']} live jobs: {look['poll_s']:.3f} s,"
              f" 90 % {look['poll_p90_s']:.3f} s; {_counts(look['per_poll'])}")  # fmt: skip
        print(f"    of it {_parts(look['parts_s'])}; {look['answer_bytes']} bytes")
        print(f"    with news of every one of them: {look['news_of_all_s']:.2f} s")


def _counts(counts: Mapping[str, float]) -> str:
    return ", ".join(f"{count:g} {name.replace('_', ' ')}" for name, count in counts.items())


def _parts(parts: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {figure:.3f} s" for name, figure in parts.items())


def summary(measured: Mapping[str, Measured]) -> dict[str, Any]:
    """The figures of the first database under plain names, then those of each."""
    first = next(iter(measured.values()))
    return _figures(first) | {name: _figures(figures) for name, figures in measured.items()}


def _figures(figures: Measured) -> dict[str, Any]:
    most = figures.looks[-1]
    polls = {f"poll_{look['jobs']}_s": _rounded(look["poll_s"]) for look in figures.looks}
    return {
        "overhead_s_median": _rounded(figures.overhead.median),
        "overhead_s_p90": _rounded(figures.overhead.p90),
        "jobs_per_min": round(figures.runs.jobs_per_min, 1),
        **polls,
        "news_of_all_s": _rounded(most["news_of_all_s"]),
        "execs_per_submit": figures.submits["per_submit"]["execs"],
        "sftp_sessions_per_submit": figures.submits["per_submit"]["sftp_sessions"],
        "sftp_requests_per_submit": figures.submits["per_submit"]["sftp_requests"],
        "execs_per_poll": max(look["per_poll"]["execs"] for look in figures.looks),
        "steps_s": {name: _rounded(cost.median) for name, cost in figures.steps.items()},
    }


def _rounded(seconds: float) -> float:
    return round(seconds, 3)

"""What a run tells: the stories of damaged jobs, what faults cost, and the last line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from deploy.chaos.costs import Cost
from deploy.chaos.seen import Case, Run, SlurmJob
from deploy.chaos.verdict import SORTS, Verdict, job_of


@dataclass(frozen=True)
class Frame:
    """What the run was."""

    seed: int
    database: str
    minutes: float
    faults: int
    without: str = ""
    left_running: int = 0
    operator: int = 0  # acts of the cluster's own people
    letter_after_s: float = 0.0


def last_line(verdict: Verdict, frame: Frame) -> str:
    """The figures as one JSON object."""
    figures: dict[str, Any] = {"jobs": verdict.jobs, "seed": frame.seed}
    figures |= {sort: verdict.count(sort) for sort in SORTS}
    figures |= {"doubled_mail": verdict.doubled_mail}
    figures |= {"doubled_mail_share": round(verdict.doubled_mail_share, 4)}
    figures |= {"resubmitted": verdict.resubmitted, "twins": verdict.twins}
    figures |= {"preemptions": verdict.preemptions, "left_running": frame.left_running}
    figures |= {"operator": frame.operator}
    figures |= {"database": frame.database, "minutes": round(frame.minutes, 1)}
    figures |= {"faults": frame.faults, "letter_after_s": round(frame.letter_after_s, 1)}
    return json.dumps(figures | ({"without": frame.without} if frame.without else {}))


def stories(
    verdict: Verdict, cases: Sequence[Case], slurm_jobs: Sequence[SlurmJob], runs: Sequence[Run]
) -> str:
    """Each damaged job: what is wrong with it, and all that is known of it."""
    damaged = {damage.number for damage in verdict.damages}
    told = [_story(verdict, c, slurm_jobs, runs) for c in cases if c.order.number in damaged]
    return "\n".join(told)


def _story(
    verdict: Verdict, case: Case, slurm_jobs: Sequence[SlurmJob], runs: Sequence[Run]
) -> str:
    order, ids = case.order, {row.id for row in case.rows}
    lines = [f"job {order.number} ({order.kind.value}, {order.token}), visitor: {case.words}"]
    lines += [f"  {d.sort}: {d.words}" for d in verdict.damages if d.number == order.number]
    for row in case.rows:
        lines.append(f"  {row.id} is {row.state}; waits for: {row.waiting_for or '-'}")
        lines += [f"    {m.at:%H:%M:%S.%f} {m.old} → {m.new}: {m.reason}" for m in row.moves]
    lines += [
        f"  Slurm {j.slurm_id} {j.name}: {j.state}" for j in slurm_jobs if job_of(j.name) in ids
    ]
    lines += [
        f"  research code in {run.slurm_id}, start {run.restart}: {_ended(run)}"
        for run in runs
        if run.token == order.token
    ]
    return "\n".join(lines)


def _ended(run: Run) -> str:
    return "ran to its end" if run.has_ended else "did not end"


def cost_table(costs: Mapping[str, Cost]) -> str:
    """One line for each kind of fault."""
    lines = [f"{'fault':24} times  median s  longest s"]
    lines += [
        f"{kind:24} {cost.times:5}  {cost.median_s:8.1f}  {cost.longest_s:9.1f}"
        for kind, cost in costs.items()
    ]
    return "\n".join(lines)


def letter_delays(cases: Sequence[Case], arrived_at: Mapping[str, float]) -> list[float]:
    """Seconds from "received" to the result's letter; `arrived_at` by the job's id."""
    return [
        arrived_at[row.id] - row.moves[0].at.timestamp()
        for case in cases
        for row in case.rows
        if row.moves and row.id in arrived_at
    ]


def middle(values: Sequence[float]) -> float:
    """The median; 0 of nothing."""
    return median(values) if values else 0.0

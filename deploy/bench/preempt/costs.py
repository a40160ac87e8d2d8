"""What a job's starts cost, as accounting tells: pure functions over sacct's text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

# Of the test bed: so each start has a computer of its own, which can be taken away alone.
CPUS_OF_A_NODE = 4
SACCT = ("sacct", "-D", "-X", "-n", "-P", "-o", "JobName,JobID,State,ElapsedRaw,AllocCPUS")
_INTERRUPTED = ("PREEMPTED", "REQUEUED", "NODE_FAIL")


@dataclass(frozen=True)
class Row:
    """One start of a Slurm job, or of an array's task."""

    name: str
    state: str
    seconds: int
    cpus: int

    @property
    def core_seconds(self) -> int:
        """What nobody else could use meanwhile."""
        return self.seconds * self.cpus

    @property
    def was_interrupted(self) -> bool:
        """Its computer was taken away."""
        return self.state.startswith(_INTERRUPTED)


def parse(text: str) -> list[Row]:
    """The lines that `SACCT` prints; a start that never had a computer is left out."""
    split = (line.split("|") for line in text.splitlines())
    rows = [Row(name, state, int(s), int(c)) for name, _id, state, s, c in split if s.isdecimal()]
    return [row for row in rows if row.cpus]


def of_job(rows: Iterable[Row], names: Sequence[str]) -> list[Row]:
    """The starts of one job, whichever stages it had."""
    return [row for row in rows if row.name in names]


def goodput(useful_core_s: float, rows: Sequence[Row]) -> float:
    """Useful core-seconds over all; accounting has whole seconds, which even out."""
    spent = sum(row.core_seconds for row in rows)
    return min(1.0, useful_core_s / spent) if spent else 0.0


_SPAN = re.compile(
    r"^\[(\S+)\] .*(?:Allocate|Started|_job_complete:) JobId=(\d+) (NodeList|in|done)\b",
    re.MULTILINE,
)


def spans(log: str) -> dict[str, float]:
    """Seconds from a computer's allocation to its return, by Slurm's id, of jobs without a break.

    From slurmctld's own log, which has milliseconds.
    """
    begun, whole = {}, {}
    for at, number, then in _SPAN.findall(log):
        moment = datetime.fromisoformat(at)
        if then != "done":
            begun[number] = moment
        elif number in begun:
            whole[number] = (moment - begun[number]).total_seconds()
    return whole

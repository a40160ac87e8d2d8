"""What each fault cost: the time from its end to the next move of the kind that it blocked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

# Which moves a fault blocks: the beginning of its name → the states left for others.
BLOCKED = {
    "clamd": {"scanning"},
    "swift": {"uploading", "scanning", "clean", "submitting", "running", "completed"},
    "ssh": {"submitting", "pending", "running"},
    "sshd": {"submitting", "pending", "running"},
    "slurmctld": {"submitting", "pending", "running"},
    "slurmdbd": {"pending", "running"},
    "node": {"pending", "running"},
    "web": {"uploading"},
    "mail": {"letter"},
}


@dataclass(frozen=True)
class Step:
    """Something that went on: the state that was left, or "letter"; seconds since 1970."""

    at: float
    left: str


@dataclass(frozen=True)
class Cost:
    """Of one kind of fault: how often, seconds until things went on."""

    times: int
    median_s: float
    longest_s: float


def costs(ends: Iterable[tuple[str, float]], steps: Sequence[Step]) -> dict[str, Cost]:
    """For each kind, from (kind, end of the fault) and all steps; what nothing followed is out."""
    waits: Mapping[str, list[float]] = defaultdict(list)
    ordered = sorted(steps, key=lambda step: step.at)
    for kind, ended_at in ends:
        blocked = BLOCKED.get(kind.partition("-")[0])
        after = (s.at for s in ordered if s.at >= ended_at and (not blocked or s.left in blocked))
        if (next_at := next(after, None)) is not None:
            waits[kind].append(next_at - ended_at)
    return {
        kind: Cost(len(found), median(found), max(found)) for kind, found in sorted(waits.items())
    }

"""What a rehearsal has to know of the workers: noted where it is kept, read by the merge stage."""

import json
from pathlib import Path

from ..attempt import Attempt
from ..files import read_json, replace_file


def note_worker(attempt: Attempt, kept: Path, seconds: float) -> None:
    """Note how long this worker was at the parts, and what they wrote outside."""
    if attempt.rules.get("watch_writes"):
        told = {"seconds": seconds, "writes_outside": attempt.writes_outside or []}
        replace_file(kept / f"worker.{attempt.task or 0}.json", json.dumps(told))


def take_workers(attempt: Attempt, kept: Path) -> None:
    """Take over what they noted: how long a worker took on average, and all that they wrote."""
    if not attempt.rules.get("watch_writes"):
        return
    told = [one for one in map(read_json, kept.glob("worker.*.json")) if one]
    if told:
        attempt.code_seconds = sum(float(one["seconds"]) for one in told) / len(told)
    outside = set(attempt.writes_outside or [])
    attempt.writes_outside = sorted(outside.union(*[one["writes_outside"] for one in told]))

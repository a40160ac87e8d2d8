"""Starts of jobs as their nodes note them, for the tests of what is told of them."""

from __future__ import annotations

import json
import time
from typing import Any

from backends.memory import MemoryCluster
from jobs.models import Attempt, Job, Stage
from jobs.states import State
from tests.walk import walk_to


def begin(
    site: MemoryCluster, job: Job, number: int, *, task: int | None = None, **told: Any
) -> None:
    """The start notes that it begins: begin.<mark>.json."""
    usual = {"attempt": number, "task": task, "node": "n1", "started_at": time.time()}
    note = usual | {"begun_with": {}} | told
    site.files.setdefault(job.key, {})[f"begin.{_mark(number, task)}.json"] = _json(note)


def end(
    site: MemoryCluster, job: Job, number: int, *, task: int | None = None, **told: Any
) -> None:
    """The start ends by itself: end.<mark>.json."""
    note = {"exit_code": 0, "reason": "done", "attempt": number, "node": "n1"} | told
    site.files.setdefault(job.key, {})[f"end.{_mark(number, task)}.json"] = _json(note)


def _mark(number: int, task: int | None) -> str:
    return str(number) if task is None else f"{task}.{number}"


def _json(note: dict[str, Any]) -> bytes:
    return json.dumps(note).encode()


def parts_job(job: Job, *, parts: int, restart_count: int = 5) -> Job:
    """The job with its array on the cluster, all of whose parts may be at work at once."""
    job = walk_to(job, State.RUNNING)
    settings = job.settings | {"parts_at_once": parts}
    job.save_fields(stage=Stage.PARTS, parts=parts, restart_count=restart_count, settings=settings)
    return job


def one_of(job: Job) -> Attempt:
    """The newest of its starts."""
    return job.attempts.order_by("-pk")[0]


def ended_at(row: Attempt) -> float:
    """When it ended, in seconds since 1970."""
    assert row.ended_at is not None
    return row.ended_at.timestamp()

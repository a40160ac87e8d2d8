"""decide: a person's word about a job: cancel, release, reject, let it go on.

It goes before any step's claim.
"""

from __future__ import annotations

from typing import Any

from jobs.models import Job, LostRace
from jobs.starts.fruitless import is_on_hold
from jobs.states import MOVES, State

TRIES = 10
# Only what waits for a person's word can be released or rejected by one.
OF_HELD = frozenset({State.CLEAN, State.REJECTED})
# What was on hold is news at the next look at its cluster, which releases it; counts start anew.
LET_GO_ON = {"fruitless_starts": 0, "slurm_reason": ""}


class TooLate(Exception):
    """The job is no longer where that could be decided; its object shows where it is."""


def may_become(job: Job, state: State) -> bool:
    """Whether a person may decide so now."""
    if state in OF_HELD and job.state != State.HELD:
        return False
    if state == State.PENDING:
        return is_on_hold(job)
    return state in MOVES[State(job.state)]


def decide(job: Job, state: State, reason: str, *, actor: str) -> None:
    """Move the job by a person's word, in whose own words the reason is.

    A worker in mid-step loses its claim; the clean-up waits until that step must be over. `TooLate`
    where the job moved on to where this cannot be decided.
    """
    changes: dict[str, Any] = LET_GO_ON if state == State.PENDING else {}
    for _ in range(TRIES):
        if not may_become(job, state):
            raise TooLate
        try:
            job.move_to(state, reason, actor=actor, **changes)
            return
        except LostRace:  # it moved in between; what the person said still holds
            job.refresh_from_db()
    raise LostRace(f"{job.short_id} moves too fast.")

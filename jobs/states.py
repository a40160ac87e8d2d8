"""The states of a job, the moves between them, and the task that works on each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where a job stands; docs/states.md draws it."""

    UPLOADING = "uploading", _("uploading")
    UPLOADED = "uploaded", _("uploaded")
    SCANNING = "scanning", _("scanning")
    HELD = "held", _("held for review")
    CLEAN = "clean", _("accepted")
    SUBMITTING = "submitting", _("submitting")
    PENDING = "pending", _("waiting for an idle computer")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    DELIVERED = "delivered", _("delivered")
    EXPIRED = "expired", _("expired")
    REJECTED = "rejected", _("rejected")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


ENDS_EARLY = frozenset({State.FAILED, State.CANCELLED})

MOVES: dict[State, frozenset[State]] = {
    State.UPLOADING: frozenset({State.UPLOADED, State.EXPIRED}) | ENDS_EARLY,
    # To itself: it waited until the e-mail address was confirmed.
    State.UPLOADED: frozenset({State.UPLOADED, State.SCANNING}) | ENDS_EARLY,
    State.SCANNING: frozenset({State.CLEAN, State.HELD, State.REJECTED}) | ENDS_EARLY,
    State.HELD: frozenset({State.CLEAN, State.REJECTED}) | ENDS_EARLY,
    State.CLEAN: frozenset({State.SUBMITTING}) | ENDS_EARLY,
    State.SUBMITTING: frozenset({State.PENDING}) | ENDS_EARLY,
    # To itself: it is put on hold, or people let it go on. Back to clean: the cluster lost it, or
    # could not run it; it is handed in anew.
    State.PENDING: frozenset({State.PENDING, State.RUNNING, State.CLEAN}) | ENDS_EARLY,
    # To submitting: its next stage, after split() the parts, after them merge().
    State.RUNNING: frozenset({State.SUBMITTING, State.PENDING, State.COMPLETED, State.CLEAN})
    | ENDS_EARLY,
    State.COMPLETED: frozenset({State.DELIVERED}) | ENDS_EARLY,
    State.DELIVERED: frozenset({State.EXPIRED}),
    State.EXPIRED: frozenset(),
    State.REJECTED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}

TERMINAL = frozenset(state for state, onwards in MOVES.items() if not onwards)

# The work on a job in these is over; what is left is to keep, then to delete, what it made.
ENDS = TERMINAL | {State.DELIVERED}

# A job that the scan did not accept is in none of these, nor has it ever been.
AFTER_ACCEPTANCE = frozenset(
    {State.CLEAN, State.SUBMITTING, State.PENDING, State.RUNNING, State.COMPLETED, State.DELIVERED}
)

# Work goes on in these under the lease that the move into them was made with.
DOING = frozenset({State.SCANNING, State.SUBMITTING})

# A job in these has, or may have, a Slurm job that lives.
ON_CLUSTER = frozenset({State.PENDING, State.RUNNING})

# How long a job may stay in a state before staff are told; nothing else follows from it.
DEADLINES = {
    State.UPLOADED: timedelta(hours=6),
    State.SCANNING: timedelta(hours=6),
    State.HELD: timedelta(days=3),
    State.CLEAN: timedelta(hours=6),
    State.SUBMITTING: timedelta(hours=6),
    State.PENDING: timedelta(days=7),
    State.RUNNING: timedelta(days=7),
    State.COMPLETED: timedelta(hours=6),
}

# state → the task that moves it on; a held job waits for a person
WORK: dict[State, str] = {
    State.UPLOADED: "scan",
    State.SCANNING: "scan",
    State.CLEAN: "submit",
    State.SUBMITTING: "submit",
    State.PENDING: "track",
    State.RUNNING: "track",
    State.COMPLETED: "deliver",
    State.UPLOADING: "expire",
    State.DELIVERED: "expire",
    State.EXPIRED: "expire",
    State.REJECTED: "expire",
    State.FAILED: "expire",
    State.CANCELLED: "expire",
}


def states_of(task: str) -> list[State]:
    """The states on which this task works."""
    return [state for state, name in WORK.items() if name == task]


def diagram(moves: dict[State, frozenset[State]] = MOVES) -> str:
    """The moves as a Mermaid state diagram, for docs/states.md."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.UPLOADING}"]
    lines += [f"    {a} --> {b}" for a, onwards in moves.items() for b in _in_order(onwards)]
    lines += [f"    {state} --> [*]" for state in _in_order(TERMINAL)]
    return "\n".join(lines)


def _in_order(states: Iterable[State]) -> list[State]:
    wanted = set(states)
    return [state for state in State if state in wanted]

"""All states that Slurm knows, and what each means to us."""

from __future__ import annotations

from functools import lru_cache

from backends.base import Phase

# squeue(1) and sacct(1), "JOB STATE CODES", and job_state_string() in Slurm's source, 20.11 to
# 25.x: the base states and the flags that squeue shows in their place.
PHASES: dict[str, Phase] = {
    "PENDING": Phase.WAITING,
    "CONFIGURING": Phase.WAITING,
    "REQUEUED": Phase.WAITING,
    "REQUEUE_FED": Phase.WAITING,
    "POWER_UP_NODE": Phase.WAITING,
    "EXPEDITING": Phase.WAITING,
    "REQUEUE_HOLD": Phase.HELD,
    "RESV_DEL_HOLD": Phase.HELD,
    "SPECIAL_EXIT": Phase.HELD,
    "RUNNING": Phase.RUNNING,
    "SIGNALING": Phase.RUNNING,
    "RESIZING": Phase.RUNNING,
    "STAGE_OUT": Phase.RUNNING,
    "SUSPENDED": Phase.SUSPENDED,
    "STOPPED": Phase.SUSPENDED,
    # Not final: a preempted job passes through it on its way back to PENDING.
    "COMPLETING": Phase.ENDING,
    "COMPLETED": Phase.COMPLETED,
    "FAILED": Phase.FAILED,
    "OUT_OF_MEMORY": Phase.FAILED,
    "TIMEOUT": Phase.FAILED,
    "DEADLINE": Phase.FAILED,
    "BOOT_FAIL": Phase.FAILED,
    "LAUNCH_FAILED": Phase.FAILED,
    "RECONFIG_FAIL": Phase.FAILED,
    "CANCELLED": Phase.CANCELLED,
    # Final only without --requeue; else a past run of a job that comes again.
    "PREEMPTED": Phase.INTERRUPTED,
    "NODE_FAIL": Phase.INTERRUPTED,
    # A sibling in a federation: it tells nothing of ours.
    "REVOKED": Phase.UNKNOWN,
}

# squeue(1), "JOB REASON CODES": a pending job that waits for a person. The texts with blanks are
# job_reason_string()'s and state_desc's own.
HELD_REASONS = frozenset(
    {
        "JobHeldUser",
        "JobHeldAdmin",
        "job_requeued_in_held_state",
        "launch_failed_requeued_held",
        "DependencyNeverSatisfied",
    }
)

FINAL = frozenset({Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED})


@lru_cache(maxsize=1024)  # a look at 10,000 jobs shows a handful of pairs
def phase_of(state: str, reason: str = "") -> Phase:
    """The phase of a job in this state; a word that we do not know is UNKNOWN, never an end.

    `state` may carry more than the word: "CANCELLED by 1001" (sacct), "CANCELLED+" (cut).
    """
    words = state.split()
    phase = PHASES.get(words[0].rstrip("+"), Phase.UNKNOWN) if words else Phase.UNKNOWN
    if phase is Phase.WAITING and reason.strip().replace(" ", "_") in HELD_REASONS:
        return Phase.HELD
    return phase


def run_phase(state: str) -> Phase:
    """The phase of one run in `sacct -D`: there REQUEUED is how a past run ended."""
    return Phase.INTERRUPTED if state.startswith("REQUEUED") else phase_of(state)

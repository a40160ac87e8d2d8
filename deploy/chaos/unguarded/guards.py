"""The guards that the harness can take away, and the faults that then do damage."""

from __future__ import annotations

from dataclasses import dataclass

# Nearly always halted: most of what is sent then is answered too late.
SUBMIT_FAULTS = ("slurmctld-halted-long",)


@dataclass(frozen=True)
class Mix:
    """What a run without one guard has to suffer."""

    faults: tuple[str, ...]
    mean_pause_s: float
    hollow: float = 0.0  # the share of jobs that end without a result


ZOMBIE_FAULTS = ("host-frozen", "task-halted", "slurmctld-halted", "clamd-halted", "swift-halted")

MIXES = {
    "lease-token": Mix(ZOMBIE_FAULTS, 4.0),
    "whole-claim": Mix(ZOMBIE_FAULTS, 4.0),
    "name-look-up": Mix(SUBMIT_FAULTS, 5.0),
    "two-looks": Mix(SUBMIT_FAULTS, 5.0),
    "manifest-check": Mix(("node-killed", "swift-halted", "swift-stopped", "node-taken"), 5.0, 0.1),
}

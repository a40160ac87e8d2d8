"""The guards that the harness can take away, and the faults that then do damage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.chaos.orders import Kind

# Nearly always halted: most of what is sent then is answered too late.
SUBMIT_FAULTS = ("slurmctld-halted-long",)
ZOMBIE_FAULTS = ("zombie-made",)
STORE_FAULTS = ("node-killed", "swift-halted", "swift-stopped", "node-taken")


@dataclass(frozen=True)
class Mix:
    """What a run without one guard has to suffer, and the shares of the jobs' kinds in it."""

    faults: tuple[str, ...]
    mean_pause_s: float
    shares: Mapping[Kind, float] = field(default_factory=dict)


MIXES = {
    "lease-token": Mix(ZOMBIE_FAULTS, 3.0),
    "whole-claim": Mix(ZOMBIE_FAULTS, 3.0),
    # Slow: a twin that comes after the first one's end sees its end file, and computes nothing.
    "name-look-up": Mix(SUBMIT_FAULTS, 5.0, {Kind.SLOW: 0.7}),
    "two-looks": Mix(("submit-delayed",), 5.0, {Kind.SLOW: 0.7}),
    "manifest-check": Mix(STORE_FAULTS, 5.0, {Kind.HOLLOW: 0.1}),
}

"""What the cluster's own people do after a crash of slurmctld, now and then, as they come by."""

from __future__ import annotations

import time
from contextlib import suppress
from subprocess import SubprocessError

from deploy.testbed import Bed, PartError, control

COMES_EVERY_S = 20.0


class Operator:
    """Puts drained nodes to work again.

    A slurmctld that lost its newest notes starts an ended job again; the node knows better.
    """

    def __init__(self, bed: Bed) -> None:
        self.acts: list[str] = []
        self._bed = bed
        self._came_at = 0.0

    def come_by(self) -> None:
        """Look, if it is time; where Slurm does not answer, another time."""
        if time.monotonic() - self._came_at < COMES_EVERY_S:
            return
        self._came_at = time.monotonic()
        with suppress(PartError, SubprocessError):
            for node in self._drained():
                self._act("update", f"NodeName={node}", "State=RESUME")

    def _drained(self) -> list[str]:
        lines = control.slurm("sinfo", "-h", "-N", "-o", "%N %T", bed=self._bed).splitlines()
        return sorted({line.split()[0] for line in lines if line.split()[1].startswith("drain")})

    def _act(self, *words: str) -> None:
        control.slurm("scontrol", *words, bed=self._bed)
        self.acts.append(" ".join(words))

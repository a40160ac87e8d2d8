"""Takes computers away from running jobs, each after a time drawn at random."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from deploy.testbed.control import slurm, take_node
from deploy.testbed.place import PartError

LOOK_EVERY_S = 0.5
NEEDED_FOR_S = 1  # by the more urgent job, which then gives the computer back
_FIELDS = ("JobArrayID", "RestartCnt", "NodeList", "Name")
_RUNNING = ("squeue", "-h", "-r", "-t", "running", "-O", ",".join(f"{f}:|" for f in _FIELDS))

Start = tuple[str, str]  # Slurm's id of a job or of a task, and how often it was started before


@dataclass
class Storm:
    """Memoryless: each start lives for a time of this mean, whatever came before.

    One draw from each eighth of the distribution, in random order: a short bench, too, sees the
    mean that it names.
    """

    mean_s: float
    seed: int
    doomed_at: dict[Start, float] = field(default_factory=dict)
    taken: list[Start] = field(default_factory=list)
    _eighths: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a storm is no secret

    def draw(self) -> float:
        """How many seconds the next start may live."""
        if not self._eighths:
            self._eighths = self._random.sample(range(8), 8)
        share = (self._eighths.pop() + self._random.random()) / 8
        return -self.mean_s * math.log(1 - share)

    def blow(self) -> None:
        """One look at what runs; the computers of those whose time is over are taken."""
        now, running = time.monotonic(), running_starts()
        for start in running:
            if start not in self.doomed_at:
                self.doomed_at[start] = now + self.draw()
        for start, node in running.items():
            if now >= self.doomed_at[start] and start not in self.taken:
                take_node(node, seconds=NEEDED_FOR_S)
                self.taken.append(start)


def running_starts() -> Mapping[Start, str]:
    """The jobs of ours that run now, and on which computer."""
    rows = [line.split("|") for line in slurm(*_RUNNING).splitlines()]
    return {(row[0], row[1]): row[2] for row in rows if len(row) > 3 and row[3].startswith("fl-")}


@contextmanager
def blowing(storm: Storm | None) -> Iterator[None]:
    """Have it blow for the length of the block; None: fair weather."""
    if storm is None:
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_until, args=(storm, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _until(storm: Storm, over: threading.Event) -> None:
    while not over.wait(LOOK_EVERY_S):
        with suppress(PartError):  # a slurmctld that has too much to do answers the next time
            storm.blow()

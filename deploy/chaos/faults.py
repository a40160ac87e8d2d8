"""What goes wrong in a run, when, where and for how long: all of it follows from the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of fault: how often among others, how long, and what it takes for itself.

    Two faults with a `thing` in common never overlap: what is stopped cannot be killed.
    """

    name: str
    weight: float
    shortest_s: float = 0.0
    longest_s: float = 0.0
    things: tuple[str, ...] = ()
    is_aimed: bool = False  # only in runs that name it: the site is set up for it


KINDS = {
    kind.name: kind
    for kind in (
        Kind("task-killed", 5),
        Kind("watchdog-killed", 2),
        Kind("worker-killed", 2),  # the watchdog and all of its tasks
        Kind("task-halted", 3, 18, 40),  # longer than its lease
        Kind("host-frozen", 2, 18, 35, ("frozen",)),  # all of a worker, as a machine that is moved
        # A worker freezes in the middle of its steps, for longer than its lease.
        Kind("zombie-made", 1, 18, 28, ("clamd", "slurmctld", "frozen")),
        Kind("web-killed", 3),
        Kind("site-restarted", 1, 10, 20, ("restart",)),  # as for a new version: politely
        Kind("ssh-cut", 5),
        Kind("ssh-session-killed", 3),  # with what it had started on the login node
        Kind("sshd-stopped", 1, 3, 12, ("sshd",)),
        Kind("slurmctld-halted", 3, 3, 13, ("slurmctld",)),
        # Longer than Slurm's MessageTimeout: sbatch gives up, and the job comes all the same.
        Kind("slurmctld-halted-long", 0.5, 11, 24, ("slurmctld",)),
        # Without slurmdbd it would not come up again.
        # What sbatch says comes after it has given up, and before the second look is believed.
        Kind("submit-delayed", 1, 4, 8, ("road",), is_aimed=True),
        Kind("slurmctld-killed", 2, 1, 8, ("slurmctld", "slurmdbd")),
        Kind("slurmdbd-stopped", 1, 5, 30, ("slurmdbd",)),
        Kind("node-killed", 1.5, 40, 60, ("node",)),  # SlurmdTimeout is 30
        Kind("node-taken", 4, 3, 10),
        Kind("swift-halted", 2, 3, 20, ("swift",)),
        Kind("swift-stopped", 2, 3, 20, ("swift",)),
        Kind("clamd-halted", 1.5, 3, 20, ("clamd",)),
        Kind("clamd-stopped", 1.5, 3, 20, ("clamd",)),
        Kind("mail-halted", 1.5, 3, 20, ("mail",)),
        Kind("mail-stopped", 1.5, 3, 20, ("mail",)),
        Kind("database-halted", 1.5, 2, 10, ("database",)),
        Kind("database-backend-killed", 1, 0, 0, ("database",)),
        Kind("database-stopped", 1, 1, 6, ("database",)),
    )
}
MEAN_PAUSE_S = 4.5


@dataclass(frozen=True)
class Fault:
    """One fault: `after_s` the one before it; `pick`, from 0 to 1, chooses among what is there."""

    number: int
    kind: Kind
    after_s: float
    seconds: float
    pick: float


def draw_faults(
    seed: int, kinds: Sequence[Kind], *, mean_pause_s: float = MEAN_PAUSE_S
) -> Iterator[Fault]:
    """Faults without end, as independent of one another as mishaps are."""
    rng = random.Random(f"faults {seed}")  # noqa: S311
    weights = [kind.weight for kind in kinds]
    number = 0
    while kinds:
        number += 1
        [kind] = rng.choices(kinds, weights)
        yield Fault(
            number=number,
            kind=kind,
            after_s=rng.expovariate(1 / mean_pause_s),
            seconds=rng.uniform(kind.shortest_s, kind.longest_s),
            pick=rng.random(),
        )


def chosen_kinds(names: Sequence[str], database: str) -> list[Kind]:
    """The kinds of these names, else all; a file that is the database cannot be halted."""
    kinds = [KINDS[name] for name in names] or [k for k in KINDS.values() if not k.is_aimed]
    return [kind for kind in kinds if database == "postgres" or "database" not in kind.things]

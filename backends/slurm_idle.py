"""What nobody uses in a partition just now, and when a job would start where that is nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from backends.base import Idle, IdleNodes
from backends.slurm_text import IN_SECONDS, place_options

# A node that sleeps ("~") is woken for a job. Of others that are marked, some do not answer, are
# to be rebooted, or are planned for a job that waits already (sinfo(1), NODE STATE CODES).
_FREE = {"idle", "idle~"}
_FREE_IN_PART = _FREE | {"mixed"}


class _Row(NamedTuple):
    state: str
    nodes: int
    idle_cpus: int
    cpus: int  # of each node
    memory_mb: int


def idle_argv(partition: str) -> list[str]:
    """One line for each state that nodes of the partition are in, and each kind of node."""
    return ["sinfo", "-h", "-p", partition, "-o", "%T|%D|%C|%c|%m"]


def parse_idle(lines: Iterable[str]) -> Idle:
    """From lines "state|nodes|allocated/idle/other/total CPUs|CPUs|MB"; of none nothing is known.

    The last two are of each node; "4+" is at least so many.
    """
    rows = [row for row in map(_row, lines) if row]
    if not rows:
        return Idle()
    free = [row for row in rows if row.state in _FREE]
    return Idle(
        nodes=sum(row.nodes for row in free),
        cpus=sum(row.idle_cpus for row in rows if row.state in _FREE_IN_PART),
        alike=tuple(IdleNodes(row.nodes, row.cpus, row.memory_mb) for row in free),
    )


def try_argv(*, partition: str, qos: str, account: str) -> list[str]:
    """Have slurmctld reckon when a small job would start that were handed in now; none is."""
    options = place_options(partition=partition, qos=qos, account=account)
    small = ["--test-only", "--cpus-per-task=1", "--time=1", "--wrap=true"]
    return [*IN_SECONDS, "sbatch", *options, *small]


def parse_expected_start(text: str) -> datetime | None:
    """From "sbatch: Job 3 to start at 1795677081 using 1 processors on nodes n1"."""
    found = re.search(r"\bto start at (\d{9,11}) using\b", text)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def _row(line: str) -> _Row | None:
    found = re.fullmatch(r"(\S+)\|(\d+)\|\d+/(\d+)/\d+/\d+\|(\d+)\+?\|(\d+)\+?", line.strip())
    return _Row(found[1], *map(int, found.groups()[1:])) if found else None

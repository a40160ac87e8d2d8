"""What nobody uses in a partition just now: sinfo's lines to an `Idle`."""

from __future__ import annotations

from collections.abc import Iterable

from backends.base import Idle

# A node that sleeps ("~") is woken for a job. Of others that are marked, some do not answer, are
# to be rebooted, or are planned for a job that waits already (sinfo(1), NODE STATE CODES).
_FREE = {"idle", "idle~"}
_FREE_IN_PART = _FREE | {"mixed"}


def idle_argv(partition: str) -> list[str]:
    """One line for each state that nodes of the partition are in."""
    return ["sinfo", "-h", "-p", partition, "-o", "%T|%D|%C"]


def parse_idle(lines: Iterable[str]) -> Idle:
    """From lines "state|nodes|allocated/idle/other/total CPUs"; of none nothing is known."""
    rows = [row for row in map(_row, lines) if row]
    if not rows:
        return Idle()
    return Idle(
        nodes=sum(nodes for state, nodes, _ in rows if state in _FREE),
        cpus=sum(cpus for state, _, cpus in rows if state in _FREE_IN_PART),
    )


def _row(line: str) -> tuple[str, int, int] | None:
    state, _, counts = line.strip().partition("|")
    nodes, _, cpus = counts.partition("|")
    shares = cpus.split("/")
    if not nodes.isdecimal() or len(shares) != 4 or not shares[1].isdecimal():
        return None
    return state, int(nodes), int(shares[1])

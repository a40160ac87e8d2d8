"""The processes that research code started, also those whose parents have ended."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Callable, Dict, List, Optional, Set

from .forks import Child

PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "stat").exists()
POLL_S = 0.02
KILL_S = 5.0  # so long a process may take to vanish after SIGKILL; longer only if its disk hangs
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans(adopt: bool = True) -> Set[int]:
    """Processes below whose parents end become children of this one, and stay in sight.

    Only Linux has that; elsewhere they go to init, unseen. Returns the children there are by now.
    """
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes  # 10 ms: only where it is of use; a Python may be built without it

            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0)
    return set(children_of(os.getpid()))


class Family:
    """The process `head` and all that come of it; of those whose parents ended, if they are ours.

    Without /proc only the head is known.
    """

    def __init__(self, head: Child, others: Optional[Set[int]] = None) -> None:
        """`others`: our children that are none of it; all that there are if it is None.

        What else becomes our child is taken for an orphan of it, and reaped as it ends.
        """
        self.head, self.others = head, others

    def living(self) -> List[int]:
        """Their ids; what has ended and was only not waited for by its parent is not among them."""
        heads = [self.head.pid] if self.head.poll() is None else []  # else its id may be another's
        if not HAS_PROC:
            return heads
        heads += self.orphans()
        found = [pid for head in heads for pid in [head, *descendants(head)]]
        return [pid for pid in found if state_of(pid) not in ("", "Z", "X")]

    def orphans(self) -> Set[int]:
        if self.others is None:
            return set()
        ours = set(children_of(os.getpid())) - self.others - {self.head.pid}
        for pid in ours:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        return ours

    def signal(self, number: int) -> None:
        for pid in self.living():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def kill(self) -> None:
        """SIGKILL, as often as it takes: some may fork meanwhile."""
        give_up_at = time.monotonic() + KILL_S
        while self.living() and time.monotonic() < give_up_at:
            self.signal(kill_signal())
            time.sleep(POLL_S / 10)

    def ends_within(self, seconds: float) -> bool:
        """Wait so long, or longer where a look takes its time; False if some still run then."""
        # Counted in looks, not by the clock: a node that stands still meanwhile lets nobody end.
        for _ in range(max(1, round(seconds / POLL_S))):
            # twice: /proc may skip a process while another one ends, see proc(5) on children
            if not (self.living() or self.living()):
                return True
            time.sleep(POLL_S)
        return False


def end_unknown(others: Set[int]) -> None:
    """SIGKILL to our children but `others`: of one that was just being started nobody knows yet."""
    for pid in set(children_of(os.getpid())) - others:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, kill_signal())


def descendants(pid: int) -> List[int]:
    """All below the process, in any group or session."""
    children = children_by_parent()
    found = list(children(pid))
    for each in found:  # it grows meanwhile
        found.extend(children(each))
    return found


def children_by_parent() -> Callable[[int], List[int]]:
    """How to learn the children of a process; kernels may come without the quick way."""
    if (PROC / "self" / "task" / str(os.getpid()) / "children").exists():
        return listed_children
    found: Dict[int, List[int]] = {}
    for path in PROC.glob("[0-9]*"):
        fields = stat_of(int(path.name))
        if fields:
            found.setdefault(int(fields[1]), []).append(int(path.name))
    return lambda pid: found.get(pid, [])


def children_of(pid: int) -> List[int]:
    return children_by_parent()(pid)


def listed_children(pid: int) -> List[int]:
    """proc(5): each thread has a list of the children that it made."""
    found: List[int] = []
    with contextlib.suppress(OSError):  # it has ended
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += [int(word) for word in file.read().split()]
    return found


def state_of(pid: int) -> str:
    """One letter as in proc(5), Z for a zombie; "" if there is no such process."""
    return (stat_of(pid) or [""])[0]


def stat_of(pid: int) -> List[str]:
    """The fields of its stat file after the name, the state first; [] if it is gone."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/stat", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    return []


def name_of(pid: int) -> str:
    """What the process is called, at most 15 bytes of it; "?" if nobody knows."""
    with contextlib.suppress(OSError):
        return (PROC / str(pid) / "comm").read_text(errors="replace").strip() or "?"
    return "?"


def kill_signal() -> int:
    """Windows has no SIGKILL; its SIGTERM cannot be caught."""
    return int(getattr(signal, "SIGKILL", signal.SIGTERM))

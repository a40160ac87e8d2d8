"""The processes of one start, found by a mark in what they inherit if they left its group."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Dict, List

from ..family import kill_signal

MARK = "FREELOADER_TRY"
PROC = Path("/proc")
END_S = 5.0  # as long as a strict cluster waits between SIGTERM and SIGKILL


def marked(mark: str) -> Dict[int, str]:
    """The living processes that inherited this mark, by their ids, with their names.

    Only Linux shows what a process inherited; elsewhere only process groups are known.
    """
    sign = f"{MARK}={mark}".encode()
    found = {}
    for path in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # another's, or ended meanwhile
            if sign in (path / "environ").read_bytes().split(b"\0"):
                found[int(path.name)] = (path / "comm").read_text().strip()
    return found


def signal_tree(process: "subprocess.Popen[bytes]", mark: str, number: int) -> None:
    """Send a signal to all processes at once: the group, then whoever has left it."""
    if not hasattr(os, "killpg"):
        process.terminate()  # Windows has no groups, and ends it without a word
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
    for pid in marked(mark):
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def kill_tree(process: "subprocess.Popen[bytes]", mark: str) -> None:
    """SIGKILL, as often as it takes: a process may have forked meanwhile."""
    signal_tree(process, mark, kill_signal())
    process.wait()
    give_up_at = time.monotonic() + END_S
    while marked(mark) and time.monotonic() < give_up_at:
        signal_tree(process, mark, kill_signal())
        time.sleep(0.01)


def end_tree(process: "subprocess.Popen[bytes]", mark: str) -> None:
    """As Slurm does it: SIGTERM to every process, and SIGKILL to those still there later."""
    signal_tree(process, mark, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=END_S)
    kill_tree(process, mark)


def names(found: Dict[int, str]) -> List[str]:
    return sorted(set(found.values()))

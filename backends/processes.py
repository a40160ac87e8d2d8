"""Processes that outlive us, and what tells them apart for good: a pid alone is used again."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
# The shell ends at once, so the job belongs to init and not to us, and leaves us no zombie.
_LAUNCH = 'nice -n 19 sh "$@" </dev/null >>log.txt 2>&1 & echo $!'


def launch(arguments: list[str], *, directory: Path, environment: Mapping[str, str]) -> int:
    """Start `sh ARGUMENTS…` there, niced and in a session of its own; returns its pid."""
    shell = subprocess.run(
        ["/bin/sh", "-c", _LAUNCH, "sh", *arguments],
        cwd=directory,
        env=dict(environment),
        stdout=subprocess.PIPE,
        start_new_session=True,
        check=True,
    )
    return int(shell.stdout)


def version_of(python: str) -> str | None:
    """The version of this Python, as "3.11.2"; None if there is none that runs."""
    script = 'import sys; print("%d.%d.%d" % sys.version_info[:3])'
    try:
        told = subprocess.run(
            [python, "-c", script], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip()


def start_of(pid: int) -> str:
    """When the process started, in the system's words; "" if there is none that still runs."""
    return _start_by_proc(pid) if (_PROC / "self" / "stat").exists() else _start_by_ps(pid)


def is_alive(pid: int, started: str) -> bool:
    """True if this very process still runs."""
    return bool(started) and start_of(pid) == started


def signal_all(mark: str, number: signal.Signals, *, leader: int = 0) -> None:
    """Signal every process of ours whose environment holds "NAME=value" `mark`.

    That finds those too whose parents died. Without /proc: the group of the living `leader`.
    """
    if not (_PROC / "self" / "environ").exists():
        with suppress(ProcessLookupError):
            return os.killpg(os.getpgid(leader), number) if leader else None
    for pid in _marked(mark.encode()):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _marked(mark: bytes) -> list[int]:
    return [
        int(folder.name)
        for folder in _PROC.iterdir()
        if folder.name.isdecimal() and mark in _environment(folder)
    ]


def _environment(folder: Path) -> list[bytes]:
    with suppress(OSError):  # it ended meanwhile, or is not ours
        return (folder / "environ").read_bytes().split(b"\0")
    return []


def _start_by_proc(pid: int) -> str:
    """proc(5): state is the field after the name in brackets, starttime the 20th from there."""
    with suppress(OSError):
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        # starttime counts from the boot on, so it says nothing without the boot
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return "" if fields[0] in "ZX" else f"{boot} {fields[19]}"
    return ""


def _start_by_ps(pid: int) -> str:
    argv = ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)]
    told = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.split()
    return "" if not told or told[0].startswith("Z") else " ".join(told[1:])

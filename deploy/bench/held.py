"""What processes hold and write, as the kernel tells it (proc(5))."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20
PROC = Path("/proc")


@dataclass(frozen=True)
class Held:
    """What some processes hold: memory in MiB now and at its peak, bytes written to disk ever."""

    rss_mib: float
    peak_mib: float
    written_bytes: int


def processes_with(*words: str) -> list[Path]:
    """The /proc folders of those that were started with all these words."""
    wanted = {word.encode() for word in words}
    found = []
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):  # processes come and go
            if wanted <= set((folder / "cmdline").read_bytes().split(b"\0")):
                found.append(folder)
    return found


def web_processes(port: int) -> list[Path]:
    """The /proc folders of gunicorn's master and workers on this port."""
    return processes_with("gunicorn", f"127.0.0.1:{port}")


def web_workers(port: int) -> list[Path]:
    """Those of them that answer requests: the master only starts them."""
    processes = web_processes(port)
    masters = {folder.name for folder in processes}
    return [folder for folder in processes if _parent(folder) in masters]


def family_of(word: str) -> list[Path]:
    """Those of the processes that were started with this word, and of all their descendants."""
    parents = {folder.name: _parent(folder) for folder in PROC.glob("[0-9]*")}
    family = {folder.name for folder in processes_with(word)}
    while born := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= born
    return [PROC / pid for pid in family]


def _parent(folder: Path) -> str:
    with suppress(OSError):
        return str(_number(folder / "status", "PPid"))
    return ""


def forget_peaks(processes: Sequence[Path]) -> None:
    """Let the kernel count each peak anew (proc(5), clear_refs)."""
    for folder in processes:
        (folder / "clear_refs").write_text("5")


def held_by(processes: Sequence[Path]) -> Held:
    """The sum over the processes; the sum of their peaks is never too small."""
    return Held(
        rss_mib=sum(_number(folder / "status", "VmRSS") for folder in processes) / 1024,
        peak_mib=sum(_number(folder / "status", "VmHWM") for folder in processes) / 1024,
        written_bytes=sum(_number(folder / "io", "write_bytes") for folder in processes),
    )


def pss_mib(processes: Iterable[Path]) -> float:
    """The memory of processes that share much of it: each page is counted once."""
    total_kib = 0
    for folder in processes:
        with suppress(OSError):
            total_kib += _number(folder / "smaps_rollup", "Pss")
    return total_kib / 1024


def cpu_s(processes: Iterable[Path]) -> float:
    """The processor time that these have used, in seconds."""
    ticks = 0
    for folder in processes:
        with suppress(OSError):
            behind_name = (folder / "stat").read_text().rpartition(")")[2].split()
            ticks += int(behind_name[11]) + int(behind_name[12])  # utime, stime
    return ticks / os.sysconf("SC_CLK_TCK")


def counts_writes(folder: Path) -> bool:
    """Whether the kernel counts what is written to files in here as written to a disk."""
    me, draft = [PROC / "self"], folder / "draft"
    before = held_by(me).written_bytes
    with draft.open("wb") as file:
        file.write(b"x" * MIB)
        file.flush()
        os.fsync(file.fileno())
    draft.unlink()
    return held_by(me).written_bytes - before >= MIB


def _number(file: Path, name: str) -> int:
    rows = (line.partition(":") for line in file.read_text().splitlines())
    return next(int(value.split()[0]) for key, _, value in rows if key == name)

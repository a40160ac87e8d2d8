"""What a job may use, looked at from outside: memory, disk, its checkpoint, the cluster's disk."""

import contextlib
import os
import shutil
import time
from pathlib import Path
from typing import Dict, List, Optional

from .attempt import Attempt
from .endings import Ending
from .family import Family

LOOK_S = 1.0
SHARE = 0.02  # of the time, at most, that looking may take: walking through a large tree costs
WALK_S = 20.0  # longer than that a worker must not leave its claim untouched
MB = 1000 * 1000
FREE_SHARE, FREE_BYTES = 0.01, 1000 * MB  # a disk with less than both is about to fail for all
TOO_LARGE = "It needed more than its {} MB of memory: read less at once, or ask for more."
TOO_MUCH = "It wrote more than the {} MB of disk that it may have: write less, or ask for more."
TOO_MUCH_KEPT = (
    "Its checkpoint directory holds more than the {} MB that it may: save less, or remove what is "
    "not needed any more."
)
FULL = "The cluster's disk is full: the job was stopped before it fails for others, too."


class Pace:
    """When something is due again: every so many seconds, or more rarely if it takes long."""

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s
        self.due_at = time.monotonic() + every_s

    def due_in(self) -> float:
        return max(0.0, self.due_at - time.monotonic())

    def took(self, seconds: float) -> None:
        self.due_at = time.monotonic() + max(self.every_s, seconds / SHARE)


class Limits:
    """The limits of job.json, held against what one call of the code uses."""

    def __init__(self, attempt: Attempt, family: Family, checkpoint: Optional[Path]) -> None:
        self.attempt, self.family, self.checkpoint = attempt, family, checkpoint
        self.told = attempt.rules.get("limits", {})
        self.memory, self.disk = Pace(LOOK_S), Pace(LOOK_S)

    def due_in(self) -> float:
        return min(self.memory.due_in(), self.disk.due_in())

    def look(self) -> None:
        """Look at what is due; `Ending` if it is over a limit."""
        for pace, act in ((self.memory, self.look_at_memory), (self.disk, self.look_at_disk)):
            if not pace.due_in():
                began_at = time.monotonic()
                act()
                pace.took(time.monotonic() - began_at)

    def look_at_memory(self) -> None:
        limit = self.limit("memory_mb")
        if limit and takes_more_memory(self.family.living(), limit):
            raise Ending("code_failed", TOO_LARGE.format(self.told["memory_mb"]))

    def look_at_disk(self) -> None:
        if is_nearly_full(*shutil.disk_usage(str(self.attempt.work))):
            raise Ending("broken_job", FULL)
        self.hold("disk_mb", self.attempt.work, TOO_MUCH)
        if self.checkpoint is not None:
            self.hold("checkpoint_mb", self.checkpoint, TOO_MUCH_KEPT)

    def hold(self, name: str, directory: Path, message: str) -> None:
        limit = self.limit(name)
        if limit and used_bytes(directory, but=self.attempt.inputs) > limit:
            raise Ending("code_failed", message.format(self.told[name]))

    def limit(self, name: str) -> int:
        """In bytes; 0 if there is none."""
        return int(self.told.get(name) or 0) * MB


def is_nearly_full(total: int, _used: int, free: int) -> bool:
    return free < FREE_BYTES and free < total * FREE_SHARE


def used_bytes(directory: Path, *, but: Path, patience_s: float = WALK_S) -> int:
    """What it takes on the disk, without the directory `but` below it; or what was seen in time."""
    used, unseen = 0, [str(directory)]
    give_up_at = time.monotonic() + patience_s
    while unseen and time.monotonic() < give_up_at:
        folder = unseen.pop()
        with contextlib.suppress(OSError):  # removed meanwhile
            for entry in os.scandir(folder):
                if not entry.is_dir(follow_symlinks=False):
                    used += on_disk_bytes(entry)
                elif entry.path != str(but):
                    unseen.append(entry.path)
    return used


def on_disk_bytes(entry: "os.DirEntry[str]") -> int:
    with contextlib.suppress(OSError):
        stat = entry.stat(follow_symlinks=False)
        return int(getattr(stat, "st_blocks", stat.st_size / 512) * 512)  # sparse files are small
    return 0


def takes_more_memory(pids: List[int], limit: int) -> bool:
    if sum(map(resident_bytes, pids)) <= limit:
        return False
    # RSS has what forked processes share in each of them, and files that are only mapped, which
    # the kernel takes back at need; the true sum costs more to ask for
    return sum(map(own_bytes, pids)) > limit


def resident_bytes(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError):
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def own_bytes(pid: int, proc: str = "/proc") -> int:
    """Its share of the memory that it uses with others, without files; less exact on old Linux.

    From Linux 5.4 on the kernel tells just that; before, the lesser of its share (PSS) and of what
    it has beside files (4.5), either of which may be too much.
    """
    shares = kilobytes_in(f"{proc}/{pid}/smaps_rollup") or kilobytes_in(f"{proc}/{pid}/smaps")
    if "Pss_Anon" in shares:
        return 1024 * (shares["Pss_Anon"] + shares.get("Pss_Shmem", 0))
    bounds = [shares["Pss"]] if "Pss" in shares else []
    status = kilobytes_in(f"{proc}/{pid}/status")
    if "RssAnon" in status:
        bounds.append(status["RssAnon"] + status.get("RssShmem", 0))
    return 1024 * min(bounds) if bounds else resident_bytes(pid)


def kilobytes_in(path: str) -> Dict[str, int]:
    """The sum of each figure that a file below /proc tells in kB; {} if it does not tell."""
    found: Dict[str, int] = {}
    with contextlib.suppress(OSError):
        with open(path, errors="replace") as file:
            for line in file:
                name, _, rest = line.partition(":")
                words = rest.split()
                if words[1:] == ["kB"]:
                    found[name] = found.get(name, 0) + int(words[0])
    return found

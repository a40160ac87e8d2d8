"""Who works on which part: files beside the parts, so that workers need nothing but the scratch.

A claim only keeps others from doing the same work. What counts is the renaming of a finished part,
which but one can do: see settle.py.
"""

import contextlib
import os
from pathlib import Path
from typing import List, NamedTuple, Optional, Set

from ..files import replace_file

STALE_S = 60.0  # a claim that was not touched for so long belongs to nobody


class Owner(NamedTuple):
    """One start of a worker."""

    submission: str
    task: int
    attempt: int

    def __str__(self) -> str:
        return f"{self.submission} {self.task} {self.attempt}"

    def succeeds(self, other: "Optional[Owner]") -> bool:
        """Whether `other` was an earlier start of this worker: what it claimed is ours."""
        return other is not None and other[:2] == self[:2] and other.attempt <= self.attempt


def read_owner(text: str) -> Optional[Owner]:
    words = text.split()
    if len(words) != 3 or not (words[1].isdigit() and words[2].isdigit()):
        return None
    return Owner(words[0], int(words[1]), int(words[2]))


class Claims:
    """The parts of one kept directory, as one worker sees and takes them."""

    def __init__(self, kept: Path, count: int, owner: Owner, *, last_first: bool = False) -> None:
        self.kept, self.count, self.owner, self.last_first = kept, count, owner, last_first
        names = self.names()
        claimed = [number for number in range(count) if f"claim.{number}" in names]
        self.inherited = [number for number in claimed if owner.succeeds(self.of(number))]

    def names(self) -> Set[str]:
        return set(os.listdir(str(self.kept)))

    def finished(self) -> int:
        """How many parts are finished."""
        return self.count - len(self.open(self.names()))

    def open(self, names: Set[str]) -> List[int]:
        return [number for number in range(self.count) if f"part.{number}" not in names]

    def claimed(self, names: Set[str]) -> List[int]:
        return [number for number in self.open(names) if f"claim.{number}" in names]

    def free(self) -> List[int]:
        names = self.names()
        return [number for number in self.open(names) if f"claim.{number}" not in names]

    def take(self) -> Optional[int]:
        """A part that nobody works on; None if there is none, or none any more.

        First what an earlier start of this worker had, then what is free, then what is stale.
        """
        while self.inherited:
            number = self.inherited.pop()
            if self.owner.succeeds(self.of(number)) and self.took_over(number):
                return number
        free = self.free()
        for number in reversed(free) if self.last_first else free:
            if self.took(number):
                return number
        stale = self.stale(self.claimed(self.names()))
        return next((number for number in stale if self.took_over(number)), None)

    def took(self, number: int) -> bool:
        """Claim a free part; False if another did, just before."""
        try:
            descriptor = os.open(str(self.claim(number)), os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        with os.fdopen(descriptor, "w") as file:
            file.write(str(self.owner))
        return self.is_open(number)

    def took_over(self, number: int) -> bool:
        """Claim a part that was another's. If two do so at once, `hold` tells the one to stop."""
        replace_file(self.claim(number), str(self.owner))
        return self.is_open(number)

    def is_open(self, number: int) -> bool:
        """Whether it was not finished before it was claimed; then it is claimed in vain."""
        if self.part(number).exists():
            self.release(number)
            return False
        return True

    def hold(self, number: int) -> bool:
        """Keep the claim from getting stale; False if another has it, or has finished the part.

        A file server in trouble is no reason to give up: what counts is settled at the end.
        """
        if os.path.exists(str(self.part(number))):
            return False
        try:
            if read_owner(self.claim(number).read_text()) != self.owner:
                return False
            os.utime(str(self.claim(number)))  # without a time: the file server's own is set
        except FileNotFoundError:
            return False
        except OSError:
            pass
        return True

    def release(self, number: int) -> None:
        if self.of(number) == self.owner:
            with contextlib.suppress(FileNotFoundError):
                self.claim(number).unlink()

    def are_awaited(self) -> bool:
        """Whether parts are claimed that may have to be taken over once they are stale.

        Other tasks of this submission are not waited for: Slurm starts them again by itself.
        """
        owners = [self.of(number) for number in self.claimed(self.names())]
        return any(owner is None or owner.submission != self.owner.submission for owner in owners)

    def stale(self, numbers: List[int]) -> List[int]:
        """Those not touched for STALE_S by the clock of the file server, for no other counts."""
        if not numbers:
            return []
        clock = self.kept / "clock.{}.{}.{}".format(*self.owner)
        clock.touch()
        now = clock.stat().st_mtime
        clock.unlink()
        return [n for n in numbers if self.touched_at(n, now) < now - STALE_S]

    def touched_at(self, number: int, now: float) -> float:
        with contextlib.suppress(FileNotFoundError):
            return self.claim(number).stat().st_mtime
        return now  # released meanwhile

    def of(self, number: int) -> Optional[Owner]:
        """Whose claim it is; None if there is none, or nobody's name in it."""
        with contextlib.suppress(OSError, ValueError):
            return read_owner(self.claim(number).read_text())
        return None

    def claim(self, number: int) -> Path:
        return self.kept / f"claim.{number}"

    def part(self, number: int) -> Path:
        return self.kept / f"part.{number}"

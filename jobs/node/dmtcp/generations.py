"""Images of a process, kept as generations: written beside, summed, synced, then renamed."""

import contextlib
import json
import os
import shutil
from pathlib import Path
from typing import List, NamedTuple, Optional

from ..checkpoint import sync, sync_directory
from ..files import Json, read_json, remove, replace_file, sha256_of

LEFT_OUT = "left_out"
SUMS = "sums.json"  # of each image its size and SHA-256; written last, beside them
TO_KEEP = 2
MB = 10**6


class Generation(NamedTuple):
    """The images of all processes at one time."""

    number: int
    path: Path

    @property
    def images(self) -> List[Path]:
        return sorted(self.path.glob("ckpt_*.dmtcp"))

    @property
    def size_bytes(self) -> int:
        return sum(image.stat().st_size for image in self.images)

    @property
    def words(self) -> Json:
        """Which it is, when it was saved, and how far the code was then."""
        sums = read_json(self.path / SUMS)
        told: Json = {name: sums[name] for name in ("saved_at", "fraction") if name in sums}
        told.update(kind="dmtcp", generation=self.number, size_bytes=self.size_bytes)
        return told

    def fault(self) -> str:
        """What is wrong with it; "": it is as it was written. dmtcp_restart does not look itself.

        It runs an image that lacks its end, and dies by SIGSEGV of one that is damaged.
        """
        sums = read_json(self.path / SUMS).get("images")
        if not sums or set(sums) != {image.name for image in self.images}:
            return "it is not whole"
        for image in self.images:
            if image.stat().st_size != sums[image.name]["size_bytes"]:
                return "its size is wrong"
            if sha256_of(image) != sums[image.name]["sha256"]:
                return "its checksum is wrong"
        return ""


class Generations:
    """What is kept of one job: `gen.N`, the newest two of them, within so many bytes."""

    def __init__(self, home: Path, most_bytes: int) -> None:
        self.home = home
        self.most_bytes = most_bytes
        self.set_aside: List[str] = []  # what was wrong, of each that this start could not use
        self.highest = 0

    def all(self) -> List[Generation]:
        """The oldest first."""
        found = [path for path in self.home.glob("gen.*") if path.name[4:].isdigit()]
        return sorted(Generation(int(path.name[4:]), path) for path in found)

    def tidy(self) -> None:
        """Remove what earlier starts were making when they were killed."""
        for pattern in ("new.*", "cur.*"):
            for path in self.home.glob(pattern):
                remove(path)

    def newest(self) -> Optional[Generation]:
        """The newest that is as it was written; those on the way to it are set aside."""
        for generation in reversed(self.all()):
            fault = generation.fault()
            if not fault:
                return generation
            self.put_aside(generation, fault)
        return None

    def put_aside(self, generation: Generation, fault: str) -> None:
        """Only the word of it is kept: images are large."""
        self.highest = max(self.highest, generation.number)
        self.set_aside.append(f"generation {generation.number}: {fault}")
        self.drop(generation)

    def drop(self, generation: Generation) -> None:
        """By a rename first: what is half deleted must not look like a generation."""
        bad = self.home / f"new.{generation.path.name}"
        os.replace(str(generation.path), str(bad))
        remove(bad)

    def has_room(self, size_bytes: int) -> bool:
        """Whether so much may be kept beside the newest; an older one makes way for it."""
        while len(self.all()) > 1 and not self.fits(size_bytes):
            self.drop(self.all()[0])
        return self.fits(size_bytes)

    def fits(self, size_bytes: int) -> bool:
        kept = sum(generation.size_bytes for generation in self.all())
        return kept + size_bytes <= self.most_bytes

    def free_bytes(self) -> int:
        return shutil.disk_usage(str(self.home)).free

    def latest(self) -> Optional[Generation]:
        """The newest, whatever it is like."""
        found = self.all()
        return found[-1] if found else None

    def leave_out(self, why: str) -> None:
        """Have the next start tell why nothing newer was saved; "": it was."""
        replace_file(self.home / LEFT_OUT, why)

    def told_of(self, begun: Optional[Generation]) -> Json:
        """What a start says of what it began with, and of what it could not; {} for nothing."""
        with contextlib.suppress(OSError):
            why = (self.home / LEFT_OUT).read_text()
            if why:
                self.set_aside.append(f"the last was left out: {why}")
                self.leave_out("")
        told: Json = {"set_aside": self.set_aside} if self.set_aside else {}
        if begun is None:
            return dict(told, kind="dmtcp", generation=0) if told else {}
        return dict(told, **begun.words)

    def commit(self, images: List[Path], words: Json) -> Generation:
        """Make these images the newest generation; a kill in between leaves the ones before."""
        self.highest = max([each.number for each in self.all()] + [self.highest]) + 1
        new = self.home / f"new.{self.highest}"
        remove(new)
        new.mkdir()
        for image in images:  # moved, not copied: of a process that has ended nothing stays
            os.replace(str(image), str(new / image.name))
        made = Generation(self.highest, new)
        replace_file(new / SUMS, json.dumps(dict(words, images=sums_of(made))))
        sync_directory(new)
        generation = Generation(self.highest, self.home / f"gen.{self.highest}")
        os.replace(str(new), str(generation.path))
        sync_directory(self.home)
        for older in self.all()[:-TO_KEEP]:
            self.drop(older)
        return generation


def sums_of(generation: Generation) -> Json:
    """Size and SHA-256 of each image, once its bytes are on the disk."""
    for image in generation.images:
        sync(image)
    return {
        image.name: {"size_bytes": image.stat().st_size, "sha256": sha256_of(image)}
        for image in generation.images
    }

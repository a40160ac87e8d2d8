"""One start of the job."""

import contextlib
import time
from pathlib import Path
from typing import Callable, List, Optional

from .endings import Ending
from .files import Json, discard, read_json, remove, replace_file
from .store import PAUSE_S, NoUrlsYet


class Attempt:
    """One start of the job: its number, its directories, and what job.json tells it."""

    def __init__(self, directory: Path, number: int, task: Optional[int] = None) -> None:
        """`task`: of an array; each of its tasks has attempts of its own."""
        self.directory = directory.resolve()
        self.number = number
        self.task = task
        self.mark = self.mark_of(number)
        self.work = self.directory / f"attempt.{self.mark}"
        self.inputs = self.work / "inputs"
        self.output = self.work / "output"
        self.begin_file = self.directory / f"begin.{self.mark}.json"
        self.end_file = self.directory / f"end.{self.mark}.json"
        self.stored_file = self.directory / f"stored.{self.mark}"
        self.newest_file = self.directory / ("newest" if task is None else f"newest.{task}")
        self.log = self.directory / ("log.txt" if task is None else f"log.{task}.txt")
        self.started_at = time.time()
        self._rules: Optional[Json] = None
        self.has_manifest = False  # it is stored: the work is done, whatever comes now
        self.checkpoint: Optional[Path] = None  # the code's own, if it asks for it
        self.begun_with: Json = {}  # what an earlier start left for it
        self.fraction: Optional[float] = None  # the last progress told
        self.is_displaced: Callable[[], bool] = lambda: False  # see dmtcp: by a later Slurm job
        self.code_began_at: Optional[float] = None  # by the monotonic clock
        self.code_seconds: Optional[float] = None  # how long the code took, once it has ended
        self.writes_outside: Optional[List[str]] = None  # None: nobody watches them

    def mark_of(self, number: int) -> str:
        """What the files of this attempt, or of another of the same task, are marked with."""
        return f"{number}" if self.task is None else f"{self.task}.{number}"

    def told(self) -> Json:
        """job.json as it is now."""
        told = read_json(self.directory / "job.json")
        if not told:
            time.sleep(PAUSE_S)  # NFS may fail to read a file that is just being replaced
            told = read_json(self.directory / "job.json")
        if told.get("version") != 1:
            raise Ending("broken_job", "job.json is missing, damaged, or of another version.")
        return told

    @property
    def rules(self) -> Json:
        """What job.json says that never changes: all but the URLs, which are renewed."""
        if self._rules is None:
            self._rules = self.told()
        return self._rules

    @property
    def stage(self) -> str:
        """Which of the code's functions this Slurm job is for."""
        return str(self.rules.get("stage", "run"))

    @property
    def kept(self) -> Path:
        """The job's directory for what outlives this Slurm job: checkpoints, parts, inputs."""
        return self.directory / str(self.rules.get("kept", "kept"))

    def slots(self) -> Json:
        """The signed URLs for this attempt's results; trouble as long as there are none."""
        found = self.told()["results"]["attempts"].get(str(self.number))
        if found is None:
            raise NoUrlsYet(f"no URLs for attempt {self.number} yet")
        return dict(found)

    def is_done_before(self) -> bool:
        """Whether an older attempt has stored its manifest; our server looks for those, too."""
        return any(self._has_done(self.mark_of(number)) for number in range(self.number))

    def _has_done(self, mark: str) -> bool:
        if (self.directory / f"stored.{mark}").exists():  # it may have been killed before its end
            return True
        return bool(read_json(self.directory / f"end.{mark}.json").get("reason") == "done")

    def note_manifest(self) -> None:
        """It is stored: from now on no kill, and no other start, begins the work again."""
        self.has_manifest = True
        with contextlib.suppress(OSError):  # the end file may still find room
            replace_file(self.stored_file, "")

    def newest(self) -> Optional[int]:
        """The newest attempt's number; None if there was none, or the file cannot be read now."""
        try:
            return int(self.newest_file.read_text())
        except (OSError, ValueError):
            return None

    def claim(self) -> None:
        """Be the newest attempt; `Ending` if there is a newer one."""
        newest = self.newest()
        if newest is None or newest < self.number:
            replace_file(self.newest_file, f"{self.number}\n")
        self.stand()

    def stand(self) -> None:
        """Go no further once a newer attempt has begun.

        After a node failure Slurm starts the job elsewhere while the old copy runs on.
        """
        newest = self.newest()
        if (newest is not None and newest > self.number) or self.is_displaced():
            raise Ending("superseded", "A newer run of this job has taken over.")
        # Not where nothing was read: that may be a newer one's number, unseen for a moment.
        if (
            newest is not None and newest < self.number
        ):  # an older one was in the midst of its own claim: it has to see
            with contextlib.suppress(OSError):
                replace_file(self.newest_file, f"{self.number}\n")

    def clear_older(self) -> None:
        """Remove their work directories; one that still runs can finish nothing in its own."""
        for path in self.older():
            discard(path)
        for path in self.directory.glob("gone.*"):
            remove(path)

    def older(self) -> List[Path]:
        """The work directories of earlier attempts (of this task), the last one first."""
        start = "attempt." if self.task is None else f"attempt.{self.task}."
        numbers = [path.name[len(start) :] for path in self.directory.glob(start + "*")]
        older = sorted(int(n) for n in numbers if n.isdigit() and int(n) < self.number)
        return [self.directory / f"{start}{n}" for n in reversed(older)]

"""Stage parts: a worker takes one part after another, until none is left for it."""

import json
import time
from pathlib import Path
from typing import List, Optional, Set

from .. import compute
from ..attempt import Attempt
from ..calls import take_writes, write_call
from ..endings import Ending, Terminated
from ..family import Family, adopt_orphans
from ..files import Json, read_json, remove
from ..forks import Fork, Zygote
from ..kept import checkpoint_for, kept_directory
from ..lookout import Lookout
from ..notes import note_begin, note_stop
from ..preemption import ask_for_another_start
from ..results import sizes_in
from .claims import Claims, Owner
from .settle import settle
from .split import PARTS
from .stamps import is_unchanged, read_stamps
from .workers import note_worker

PAUSE_S = 1.0  # between two looks at whether the claims of an earlier submission are stale
TOUCH_S = 5.0  # at most between two touches of a claim
CHANGED = (
    "{} was changed after split(), most likely by a part: run() must leave its inputs as they are, "
    "for a part may be computed again."
)


def work_on_parts(attempt: Attempt, code: Path) -> None:
    """Work until every part is finished, or is in the hands of another task of this Slurm job.

    A finished part appears as `part.<i>` by one rename, and is never computed again. `Ending` with
    the part's name if one fails.
    """
    attempt.clear_older()
    worker = Worker(attempt, code)
    worker.begin()
    began_at = time.monotonic()
    try:
        for number in iter(worker.next_part, None):
            worker.work_on(number)
        worker.report(at_once=True)
    finally:
        worker.zygote.close()
    note_worker(attempt, worker.kept, time.monotonic() - began_at)


def read_parts(attempt: Attempt, kept: Path) -> List[List[Path]]:
    """The inputs of each part, as parts.json has them; as many as our server was told of."""
    found = read_json(kept / PARTS)
    parts = found.get("parts")
    if (
        found.get("version") != 1
        or not parts
        or len(parts) != attempt.rules.get("parts", len(parts))
    ):
        raise Ending("broken_job", "parts.json is missing, damaged, or of another version.")
    return [[kept / path for path in part] for part in parts]


def fresh(directory: Path) -> Path:
    remove(directory)
    directory.mkdir(parents=True)
    return directory


class Worker:
    """One start of one array task; where there are no arrays, it is the only one."""

    def __init__(self, attempt: Attempt, code: Path) -> None:
        self.attempt, self.code = attempt, code
        self.kept = kept_directory(attempt).resolve()
        self.parts, self.stamps = read_parts(attempt, self.kept), read_stamps(self.kept)
        owner = Owner(attempt.directory.name, attempt.task or 0, attempt.number)
        # Interrupted by a rehearsal, parts end in another order than undisturbed, also where there
        # is but one worker: merge() must not mind.
        is_second = "interrupt_after_s" in attempt.rules
        self.claims = Claims(self.kept, len(self.parts), owner, last_first=is_second)
        argv = compute.code_argv("--zygote", str(code))
        self.zygote = Zygote(argv, attempt.log, attempt.work)
        self.longest_s = 0.0  # of the parts finished in this start; 0 if there is none
        self.has_asked = False  # for another start
        self.others: Set[int] = set()  # children of this process that are none of the code's
        self.reported_at = -compute.PROGRESS_S

    def begin(self) -> None:
        done = self.claims.finished()
        count = {"kind": "parts", "done": done, "of": len(self.parts)}
        note_begin(self.attempt, count if done else {})
        self.log(compute.log_header(self.attempt))
        self.others = adopt_orphans()

    def next_part(self) -> Optional[int]:
        """Claim a part; None if there is none left for this worker."""
        while True:
            self.attempt.stand()
            if self.is_time_for_another_start() and self.claims.free():
                self.has_asked = True
                ask_for_another_start()
            number = self.claims.take()
            if number is not None or not self.claims.are_awaited():
                return number
            time.sleep(PAUSE_S)

    def is_time_for_another_start(self) -> bool:
        """Before Slurm ends it within a part; never without a finished one, or it might loop."""
        limit_s: float = 60 * self.attempt.rules.get("limits", {}).get("time_limit_min", 0)
        if not limit_s or not self.longest_s or self.has_asked:
            return False
        used_s = time.time() - self.attempt.started_at
        return used_s > limit_s / 2 or used_s + self.longest_s > limit_s

    def work_on(self, number: int) -> None:
        """Compute a claimed part and settle it; nothing comes of it if another was faster."""
        began_at = time.monotonic()
        here = self.attempt.work / f"part.{number}"
        try:
            if self.has_computed(number, here) and self.has_settled(number, here / "whole"):
                self.longest_s = max(self.longest_s, time.monotonic() - began_at)
        except (Ending, OSError) as error:
            self.attempt.stand()  # a newer start clears up under the feet of this one
            if self.claims.hold(number):  # else another has it now, and will say the same
                raise self.named(number, error) if isinstance(error, Ending) else error
        finally:
            self.claims.release(number)
        remove(here)

    def has_computed(self, number: int, here: Path) -> bool:
        """Whether run() has done its work on the part; False if that was another's meanwhile."""
        self.log(f"-- part {number + 1} of {len(self.parts)}\n")
        fresh(here)
        checkpoint = checkpoint_for(self.attempt, self.code, name=f"checkpoint.part{number}")
        write_call(self.attempt, "run", self.arguments(number, here, checkpoint))
        fork = self.zygote.call(here)
        family = Family(fork, self.others | {fork.zygote.pid})
        try:
            lookout = Lookout(self.attempt, family, checkpoint)
            status = self.watch(fork, number, lookout)
            if status is not None:
                compute.judge(status, read_json(self.attempt.work / "verdict.json"), "run")
                lookout.check_what_is_left("run")
        except Terminated:
            self.attempt.fraction = self.claims.finished() / len(self.parts)
            note_stop(self.attempt)  # first of all: to end the code may take all the time left
            raise
        finally:
            compute.stop(fork, family)
            take_writes(self.attempt)
        return status is not None

    def arguments(self, number: int, here: Path, checkpoint: Optional[Path]) -> Json:
        inputs = self.parts[number]
        for path in inputs:
            if not path.exists():
                raise Ending("broken_job", f"{path.name} is gone from the cluster's scratch.")
            if not is_unchanged(self.kept, path, self.stamps):
                raise Ending("code_failed", CHANGED.format(path.name))
        output = fresh(here / "whole" / "output")
        given = {"inputs": [str(path) for path in inputs], "output": str(output)}
        return given if checkpoint is None else dict(given, checkpoint=str(checkpoint))

    def watch(self, fork: Fork, number: int, lookout: Lookout) -> Optional[int]:
        """Wait for the end of the call, holding the claim; None if that is lost."""
        while True:
            due_s = min(compute.PROGRESS_S, TOUCH_S, lookout.due_in())
            status = compute.status_within(fork, due_s)
            self.attempt.stand()
            if not self.claims.hold(number):
                return None
            self.report()
            if status is not None:
                return status
            lookout.look()

    def has_settled(self, number: int, whole: Path) -> bool:
        """Write down what the part consists of and put it in its place, where it counts."""
        output = whole / "output"
        settled = {"version": 1, "files": sizes_in(output)}
        (whole / "part.json").write_text(json.dumps(settled))
        if not self.claims.hold(number) or not settle(whole, self.kept / f"part.{number}"):
            return False
        for path in self.kept.glob(f"checkpoint.part{number}.*"):
            remove(path)
        return True

    def named(self, number: int, ending: Ending) -> Ending:
        """The same ending, that says of which part."""
        if ending.reason == "superseded":
            return ending
        names = [shortened(path.name) for path in self.parts[number]]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        where = f"Part {number + 1} of {len(self.parts)} ({', '.join(names[:3])}{more})"
        return Ending(ending.reason, f"{where}: {ending.message}")

    def report(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self.reported_at >= compute.PROGRESS_S:
            self.reported_at = now
            done, count = self.claims.finished(), len(self.parts)
            self.attempt.fraction = done / count
            compute.report(self.attempt, done / count, f"{done} of {count} parts are done")

    def log(self, text: str) -> None:
        with self.attempt.log.open("ab") as log:
            log.write(text.encode())


def shortened(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:59]}…"

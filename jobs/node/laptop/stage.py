"""One stage of a try: its starts, shown, limited in time, and interrupted."""

import os
import sys
import time
from pathlib import Path
from typing import Dict, List, Optional, Set, Tuple

from ..files import Json, read_json
from .interrupting import SAVE, TERM, Interruption
from .order import Order
from .processes import names
from .start import Start

POLL_S = 0.02
CLOSE_POLL_S = 0.001  # while a write into the checkpoint directory is waited for
WORDS = {"split": "Dividing the work", "parts": "Working on the parts", "merge": "Merging"}
Seen = Dict[str, Tuple[int, int]]


class StageRun:
    """A stage from its first start to its end; several workers take parts side by side."""

    def __init__(
        self, directory: Path, stage: str, order: Order, interruptions: List[Interruption]
    ) -> None:
        self.directory, self.stage, self.order = directory, stage, order
        self.pending = list(interruptions)
        self.starts: List[Start] = []
        self.running: List[Start] = []
        self.left: Set[str] = set()  # names of processes that were left behind
        self.over_time = False
        self.said = self.told()  # the last word of the stage before is no news
        self.interrupted = 0
        self.last = 0.0  # when a start was interrupted
        self.seen: Optional[Seen] = None  # the checkpoint directory, while a write is waited for

    def carry_out(self) -> Json:
        """The end note; reason "done" only if every worker is."""
        if self.stage in WORDS:
            self.order.say(WORDS[self.stage])
        tasks: List[Optional[int]] = [None]
        if self.stage == "parts" and self.order.workers > 1:
            tasks = list(range(self.order.workers))
        try:
            for task in tasks:
                self.start(task, 0)
            while self.running:
                self.look()
                time.sleep(POLL_S if self.seen is None else CLOSE_POLL_S)
        finally:
            for start in self.running:
                start.leave_nothing()
        return self.verdict()

    def start(self, task: Optional[int], number: int) -> None:
        made = Start(self.directory, number, task=task, stage=self.stage, environment=environment())
        self.running.append(made)
        self.starts.append(made)

    def look(self) -> None:
        for start in list(self.running):
            if not start.runs():
                self.running.remove(start)
                self.left.update(names(start.leave_nothing()))
            elif time.monotonic() - start.started > self.order.time_limit_s:
                self.over_time = True
                self.running.remove(start)
                start.interrupt(TERM)
        self.show_progress()
        if self.pending and self.running:
            self.interrupt_when_due()

    def show_progress(self) -> None:
        news = self.told()
        if news != self.said and (news["fraction"] is not None or news["message"]):
            self.said = news
            percent = "" if news["fraction"] is None else f"{news['fraction']:4.0%} "
            self.order.say(f"  {percent}{news['message'] or ''}".rstrip())

    def told(self) -> Json:
        """The newest progress."""
        note = read_json(self.directory.parent / "store" / "progress.json")
        return {key: note.get(key) for key in ("fraction", "message")}

    def interrupt_when_due(self) -> None:
        victim = self.running[self.interrupted % len(self.running)]
        if victim.began is None:
            return
        due, kind, wait_s = self.pending[0]
        overdue_s = time.monotonic() - max(victim.began, self.last) - due
        if overdue_s < 0 or (kind == SAVE and overdue_s < wait_s and not self.is_saving()):
            return
        self.pending.pop(0)
        self.seen = None
        self.interrupt(victim, kind)

    def is_saving(self) -> bool:
        """Whether something in the checkpoint directory has changed since the first call."""
        now = seen(self.directory.parent / "kept")
        if self.seen is None:
            self.seen = now
        return now != self.seen

    def interrupt(self, victim: Start, kind: str) -> None:
        victim.interrupt(kind)
        self.running.remove(victim)
        if victim.is_done():
            return  # it was quicker
        self.interrupted += 1
        self.last = time.monotonic()
        how = "stopped by SIGTERM" if kind == TERM else "killed without a warning"
        self.order.say(f"  {how} after {victim.seconds_in_code():.1f} s; it starts again")
        self.start(victim.task, victim.number + 1)

    def verdict(self) -> Json:
        newest = {start.task: start for start in self.starts}
        ends = [start.end() for start in newest.values()]
        if self.over_time:
            minutes = self.order.time_limit_s / 60
            message = f"It ran longer than its time limit of {minutes:g} minutes."
            if any(start.has_returned() for start in newest.values()):
                message += " run() had returned: a thread that it started still ran."
            return {"reason": "over_time", "message": message}
        failed = [end for end in ends if end["reason"] != "done"]
        return (failed or ends)[0]

    def seconds_in_code(self) -> float:
        return sum(start.seconds_in_code() for start in self.starts)

    def duration_s(self) -> float:
        """From the code's first beginning to its last end."""
        began = [start.began for start in self.starts if start.began is not None]
        ended = [start.ended for start in self.starts if start.ended is not None]
        return max(ended) - min(began) if began and ended else 0.0

    def log(self) -> str:
        paths = sorted(self.directory.glob("log*.txt"))
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in paths)


def environment() -> Dict[str, str]:
    """As the batch script sets it, with quick reports, and without a Slurm job that it is not."""
    quick = {"FREELOADER_PROGRESS_S": "0.1", "FREELOADER_PATIENCE_S": "0", "PYTHONUTF8": "1"}
    if sys.platform == "linux":
        quick["LC_ALL"] = "C.UTF-8"  # other systems have no such locale, and programs warn of it
    inherited = {name: os.environ[name] for name in os.environ if not name.startswith("SLURM_")}
    return dict(inherited, **quick)


def seen(kept: Path) -> Seen:
    """What is in the checkpoint directories: name → size and time of change."""
    found = {}
    for folder, _, files in os.walk(str(kept)):
        if "checkpoint" in folder:
            for name in files:
                path = os.path.join(folder, name)
                try:
                    status = os.stat(path)
                except OSError:
                    continue
                found[path] = (status.st_size, status.st_mtime_ns)
    return found

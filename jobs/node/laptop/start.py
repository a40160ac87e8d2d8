"""One start of the node's program on a laptop, watched from outside."""

import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Dict, Optional

from ..files import CALLED, Json, read_json
from . import processes
from .interrupting import TERM


class Start:
    """The process, and when its code began and ended, in monotonic seconds."""

    def __init__(
        self,
        directory: Path,
        number: int,
        *,
        task: Optional[int],
        stage: str,
        environment: Dict[str, str],
    ) -> None:
        self.directory, self.number, self.task, self.stage = directory, number, task, stage
        self.mark = f"{number}" if task is None else f"{task}.{number}"
        self.work = directory / f"attempt.{self.mark}"
        self.began: Optional[float] = None
        self.ended: Optional[float] = None
        self.tag = uuid.uuid4().hex
        argv = [sys.executable, "run.pyz", ".", str(number)]
        with (directory / "node.txt").open("ab") as output:
            self.process = subprocess.Popen(
                argv if task is None else [*argv, str(task)],
                cwd=str(directory),
                env=dict(environment, **{processes.MARK: self.tag}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def runs(self) -> bool:
        """Whether it still runs; notes what has happened meanwhile."""
        has_ended = self.process.poll() is not None
        if self.began is None and (self.work / CALLED).exists():
            self.began = time.monotonic()
        if self.ended is None and (has_ended or self.has_returned()):
            self.ended = time.monotonic()
        return not has_ended

    def has_returned(self) -> bool:
        """Whether the function has; a worker calls it for each part, and so has no such end."""
        return self.stage != "parts" and (self.work / "verdict.json").exists()

    def interrupt(self, kind: str) -> None:
        if kind == TERM:
            processes.end_tree(self.process, self.tag)
        else:
            processes.kill_tree(self.process, self.tag)
        self.runs()

    def leave_nothing(self) -> Dict[int, str]:
        """End what its program left behind when it ended; returns what that was."""
        left = processes.marked(self.tag)
        processes.kill_tree(self.process, self.tag)
        return left

    def end(self) -> Json:
        """Its end note, or what to say if it could leave none."""
        return read_json(self.directory / f"end.{self.mark}.json") or self.death()

    def death(self) -> Json:
        status = self.process.poll()
        if status is not None and status < 0:
            message = f"The code killed the program that runs it (signal {-status})."
        else:
            message = f"The program that runs the code broke off (exit code {status})."
        return {"reason": "died", "message": message}

    def is_done(self) -> bool:
        return bool(self.end()["reason"] == "done")

    def begun_with(self) -> Json:
        """What it found of earlier starts' work."""
        found = read_json(self.directory / f"begin.{self.mark}.json").get("begun_with")
        return found if isinstance(found, dict) else {}

    def seconds_in_code(self) -> float:
        if self.began is None:
            return 0.0
        return (self.ended or time.monotonic()) - self.began

"""A job of many small parts that tells what it computes, above all what it computes again."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from pathlib import Path

from tests.jobs.node.split_job import SplitJob
from tests.object_server import wait_until

# Each part is a file with its number. With HOLD, part 0 waits until that pipe is opened and closed.
TALLIED = """
    import os

    def tell(what, number):
        with open(os.environ["TALLY"], "a") as tally:
            tally.write(what + " " + number + "\\n")

    def split(inputs, output):
        parts = [output / str(number) for number in range(int(os.environ["PARTS"]))]
        for part in parts:
            part.write_text(part.name)
        return parts

    def run(inputs, output):
        number = inputs[0].read_text()
        tell("began", number)
        if (inputs[0].parents[2] / ("part." + number)).exists():
            tell("again", number)
        (output / "square").write_text(str(int(number) ** 2))
        if "HOLD" in os.environ and number == "0":
            (output / "held").write_text("")
            tell("waits", number)
            open(os.environ["HOLD"]).read()

    def merge(outputs, output):
        squares = [int((folder / "square").read_text()) for folder in outputs]
        (output / "squares.txt").write_text(repr(squares))
"""

LONG_S = 800  # a slow disk may take so long for a thousand parts, each of which is synced


class Tallied:
    """The job, split into so many parts, and what they tell."""

    def __init__(self, job: SplitJob, folder: Path, parts: int) -> None:
        self.job, self.count = job, parts
        self.tally, self.pipe = folder / "tally", folder / "pipe"
        os.mkfifo(self.pipe)
        job.environment = {"TALLY": str(self.tally), "PARTS": str(parts)}
        job.begin("split")
        assert self.start().wait(timeout=LONG_S) == 0, job.end()
        job.begin("parts")

    def start(
        self, attempt: int = 0, task: int | None = None, **environment: str
    ) -> subprocess.Popen[bytes]:
        return self.job.start(attempt, task, **environment)

    def start_held(
        self, attempt: int = 0, task: int | None = None, **environment: str
    ) -> subprocess.Popen[bytes]:
        """A worker that is in the midst of part 0."""
        process = self.start(attempt, task, HOLD=str(self.pipe), **environment)
        wait_until(lambda: self.told()["waits 0"] > 0, "part 0")
        return process

    def let_go(self) -> None:
        """Part 0 may go on."""
        os.close(os.open(self.pipe, os.O_WRONLY))

    def wait_for(self, parts: int) -> None:
        """Until so many are finished."""
        wait_until(lambda: len(self.job.finished()) >= parts, f"{parts} parts")

    def told(self) -> Counter[str]:
        return Counter(self.tally.read_text().splitlines() if self.tally.exists() else ())

    def times_begun(self) -> int:
        return sum(count for line, count in self.told().items() if line.startswith("began"))

    def computed_again(self) -> list[str]:
        """The parts that were begun although they were finished."""
        return [line for line in self.told() if line.startswith("again")]

    def merged(self) -> str:
        self.job.begin("merge")
        assert self.start().wait(timeout=LONG_S) == 0, self.job.end()
        return self.job.results()["squares.txt"].decode()

    def squares(self) -> str:
        return repr([number**2 for number in range(self.count)])

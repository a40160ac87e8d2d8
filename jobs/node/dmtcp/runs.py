"""The research code under DMTCP: each start goes on from the newest image of it that is whole.

A process that is restored finds in its memory the paths with which it was begun. So all that it
uses lies in one directory that outlives every Slurm job of the job: its inputs, its output, its
program, its log. Whoever takes that directory over waits until its former owner must have seen it.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator, List, Optional

from ..attempt import Attempt
from ..calls import take_writes, write_call
from ..compute import FLAGS, judge, log_header, report, watch
from ..endings import Ending, Terminated
from ..files import read_json, remove, replace_file
from ..inputs import stage_inputs
from ..kept import kept_directory
from ..notes import note_begin, note_kept, note_stop
from ..preemption import kill_wait_s
from .generations import MB, Generation, Generations
from .programs import Computation, Programs, is_failed_restart, is_failure
from .saver import Saver

FENCE_S = float(os.environ.get("FREELOADER_FENCE_S", "15"))
LOG_BYTES = 64 * 1024  # of what the code printed, for the log of this Slurm job
MARGIN_S = 2.0  # of the time that is left after SIGTERM: to stop what runs, and to say so
PROGRAM, CODE = "run.pyz", "pipeline.py"


def compute_with_dmtcp(attempt: Attempt, code: Path) -> None:
    """Call run() on the inputs, or go on where an earlier start was; as `compute` ends.

    From here on the attempt's directories are those that all starts share.
    """
    told = attempt.told()
    programs = Programs(told["dmtcp"]["bin"])
    home = kept_directory(attempt).resolve() / "dmtcp"
    generations = Generations(home, int(told["limits"]["checkpoint_mb"]) * MB)
    with owned(home, attempt):
        generations.tidy()
        Runs(attempt, code, programs, generations).to_the_end()


@contextlib.contextmanager
def owned(home: Path, attempt: Attempt) -> Iterator[None]:
    """Have the directory alone. One whose former owner has not let go of it takes some patience.

    After a node failure the old start may still run; it looks every few seconds whether it may.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner, me = home / "owner", f"{attempt.directory.name} {attempt.mark}"
    attempt.stand()
    has_owner = bool(text_of(owner))
    replace_file(owner, me)
    attempt.is_displaced = lambda: text_of(owner) != me
    if has_owner:
        report(attempt, None, "Waiting until an interrupted start has surely ended")
        time.sleep(FENCE_S)
    attempt.stand()
    try:
        yield
    finally:
        if not attempt.is_displaced():
            attempt.is_displaced = lambda: False  # what is left to do needs the results alone
            replace_file(owner, "")


def text_of(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


class Runs:
    """The code's processes in this start: restarted from what was saved, or launched."""

    def __init__(
        self, attempt: Attempt, code: Path, programs: Programs, generations: Generations
    ) -> None:
        self.attempt, self.code = attempt, code
        self.programs, self.generations = programs, generations
        self.interval_s = float(attempt.told()["dmtcp"]["interval_s"])
        self.patience_s = max(1.0, kill_wait_s() - MARGIN_S)
        self.job_log, self.printed_from = attempt.log, 0
        remove(attempt.work)
        attempt.work = generations.home / "work"
        attempt.inputs, attempt.output = attempt.work / "inputs", attempt.work / "output"
        attempt.log = attempt.work / "log.txt"

    def to_the_end(self) -> None:
        """Return if run() did and its process ended well; else raise `Ending`."""
        status: Optional[int] = None
        while status is None:
            begun = self.generations.newest()
            if begun is None:
                start_over(self.attempt, self.code)
            note_begin(self.attempt, self.generations.told_of(begun))
            status = self.end_of_one(begun)
        judge(status, read_json(self.attempt.work / "verdict.json"), "run")

    def end_of_one(self, begun: Optional[Generation]) -> Optional[int]:
        """The program's exit status; None if what it began with is no good, and was set aside."""
        with contextlib.suppress(FileNotFoundError):
            (self.attempt.work / "verdict.json").unlink()
        began_at = time.monotonic()
        status = self.follow(begun)
        if (self.attempt.work / "verdict.json").exists():
            return status
        has_gone_on = begun != self.generations.latest()  # it was saved since: no bad image
        if begun and not has_gone_on and is_failed_restart(status, time.monotonic() - began_at):
            self.generations.put_aside(begun, f"DMTCP cannot restart it (exit code {status})")
            return None
        if is_failure(status):
            raise Ending("broken_job", f"DMTCP failed on the node {os.uname().nodename}.")
        return status

    def follow(self, begun: Optional[Generation]) -> int:
        """Have the processes run, and save them now and then; they have ended when it returns."""
        attempt = self.attempt
        home = self.generations.home
        computation = Computation(self.programs, home / f"cur.{attempt.mark}", attempt.work)
        saver = Saver(computation, self.generations, attempt, self.interval_s)
        try:
            child = self.begin(computation, begun)
            saver.start()
            report(attempt, None, "Working on the files")
            return watch(attempt, child)
        except Terminated:
            note_stop(attempt)
            saver.finish(self.patience_s)
            latest = self.generations.latest()
            note_kept(attempt, latest.words if latest else {})
            raise
        finally:
            saver.end()
            computation.close()
            self.hand_on_log(saver)
            take_writes(attempt)

    def begin(
        self, computation: Computation, begun: Optional[Generation]
    ) -> "subprocess.Popen[bytes]":
        with self.attempt.log.open("ab") as log:
            self.printed_from = log.tell()
            log.write(log_header(self.attempt).encode())
            log.flush()
            if begun is None:
                return computation.launch(argv_of(self.attempt), log)
            return computation.restart(begun.images, log)

    def hand_on_log(self, saver: Saver) -> None:
        """What was printed last, for those who look into the log of this Slurm job.

        Whoever has taken the directory over may have cleared it by now.
        """
        with contextlib.suppress(FileNotFoundError):
            self.copy_log(saver)

    def copy_log(self, saver: Saver) -> None:
        with self.attempt.log.open("rb") as printed, self.job_log.open("ab") as log:
            printed.seek(max(self.printed_from, printed.seek(0, os.SEEK_END) - LOG_BYTES))
            log.write(printed.read())
            if saver.left_out:
                log.write(f"== the last checkpoint was left out: {saver.left_out}\n".encode())


def start_over(attempt: Attempt, code: Path) -> None:
    """An empty work directory but for the inputs, which are not fetched again if they are whole."""
    attempt.work.mkdir(mode=0o700, exist_ok=True)
    for path in attempt.work.iterdir():
        if path.name != "inputs" and not path.name.startswith("partial."):
            remove(path)
    report(attempt, None, "Fetching the files")
    stage_inputs(attempt)
    names = [item["name"] for item in attempt.told()["inputs"]]
    for path in attempt.inputs.iterdir():
        if path.name not in names:
            remove(path)
    attempt.output.mkdir()
    shutil.copyfile(os.path.abspath(sys.argv[0]), str(attempt.work / PROGRAM))
    shutil.copyfile(str(code), str(attempt.work / CODE))
    inputs = [str(path) for path in sorted(attempt.inputs.iterdir())]
    write_call(attempt, "run", {"inputs": inputs, "output": str(attempt.output)})


def argv_of(attempt: Attempt) -> List[str]:
    """As every start begins it, with paths that stay."""
    paths = [attempt.work / name for name in (CODE, "call.json", ".")]
    words = [str(path) for path in [attempt.work / PROGRAM, *paths]]
    return [sys.executable, *FLAGS, words[0], "--call", *words[1:]]

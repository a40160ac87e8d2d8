"""Starts of the node's program that are killed where a test wants it."""

from __future__ import annotations

import contextlib
import random
import signal
from pathlib import Path

from tests.jobs.node.job_directory import PYTHON, JobDirectory
from tests.object_server import DEADLINE_S

# Runs a program and kills it with SIGKILL when so many of its own lines have been executed.
KILL_AT_LINE = """
import os, runpy, signal, sys
program, left = sys.argv[1], int(sys.argv[2])
sys.argv = sys.argv[3:]
def trace(frame, event, argument):
    global left
    if not frame.f_code.co_filename.startswith(program):
        return None
    left -= event == "line"
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return trace
sys.settrace(trace)
try:
    runpy.run_path(program, run_name="__main__")
finally:
    sys.settrace(None)
    open("lines", "w").write(str(-left))
"""
# Runs a program and sends itself a signal as soon as a function of this name returns.
SIGNAL_AFTER = """
import os, runpy, sys
program, function, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.argv = sys.argv[4:]
def trace(frame, event, argument):
    if not frame.f_code.co_filename.startswith(program) or frame.f_code.co_name != function:
        return None
    if event == "return":
        os.kill(os.getpid(), number)
    return trace
sys.settrace(trace)
runpy.run_path(program, run_name="__main__")
"""


def start_traced(job: JobDirectory, attempt: int, line: int, task: int | None = None) -> int:
    return _start_with(job, [KILL_AT_LINE, str(line)], attempt, task)


def start_signalled(
    job: JobDirectory, function: str, number: signal.Signals, task: int | None = None
) -> int:
    return _start_with(job, [SIGNAL_AFTER, function, str(int(number))], 0, task)


def _start_with(job: JobDirectory, words: list[str], attempt: int, task: int | None) -> int:
    """The program, run by another one that takes its path and these words."""
    program = str(job.path / "run.pyz")
    of_array = [] if task is None else [str(task)]
    argv = [PYTHON, "-c", words[0], program, *words[1:], program, ".", str(attempt), *of_array]
    return job.start_argv(argv, attempt).wait(timeout=DEADLINE_S)


def processes_in(path: Path) -> list[str]:
    """Those whose current directory is below."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if path in place.resolve(strict=True).parents:
                found.append(place.parent.name)
    return found


def some_lines(job: JobDirectory, count: int) -> list[int]:
    """Lines to kill at, drawn from those of an attempt that is let through."""
    start_traced(job, 0, -1)
    lines = int((job.path / "lines").read_text())
    return [random.randrange(1, lines) for _ in range(count)]  # noqa: S311

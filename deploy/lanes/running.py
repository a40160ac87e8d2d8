"""Runs lanes, each as soon as those that it comes after have ended, and says what became of all."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Lane:
    """Some of the checks or tests: one command, beside the commands of other lanes.

    It begins when all that it comes `after` have ended, well or not.
    """

    name: str
    command: Sequence[str]
    after: Sequence[str] = ()
    environment: Environment = field(default_factory=dict)


@dataclass(frozen=True)
class _Running:
    lane: Lane
    process: subprocess.Popen[bytes]
    log: Path
    began: float


@dataclass(frozen=True)
class End:
    """What became of a lane; a code of 0 is good."""

    lane: Lane
    code: int
    wall_s: float
    processor_s: float  # of all its processes but those that outlive it, as servers do
    said: str

    def __str__(self) -> str:
        how = "ended well" if self.code == 0 else f"FAILED ({self.code})"
        spent = f"{self.wall_s:.0f} s, {self.processor_s:.0f} s of processor"
        return f"== {self.lane.name} {how}: {spent}\n{self.said}"


def run(lanes: Iterable[Lane], logs: Path) -> list[End]:
    """Run all lanes; print what each said when it ends, and leave it in `logs`.

    A lane that fails stops no other. When this is interrupted, what runs is ended, with all its
    processes, and KeyboardInterrupt goes on.
    """
    waiting, running, ends = list(lanes), dict[int, _Running](), list[End]()
    logs.mkdir(parents=True, exist_ok=True)
    try:
        while waiting or running:
            over = {end.lane.name for end in ends}
            ready = [lane for lane in waiting if over.issuperset(lane.after)]
            if not ready and not running:
                raise ValueError(f"these wait for one another: {[lane.name for lane in waiting]}")
            for lane in ready:
                waiting.remove(lane)
                begun = _begin(lane, logs)
                running[begun.process.pid] = begun
            ends.append(_next_end(running))
            print(ends[-1], flush=True)
    finally:
        _stop(running.values())
    return ends


def _begin(lane: Lane, logs: Path) -> _Running:
    print(f".. {lane.name} begins", flush=True)
    log = logs / f"{lane.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            lane.command,
            env={**os.environ, **lane.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, to be ended as a whole
        )
    return _Running(lane, process, log, time.monotonic())


def _next_end(running: dict[int, _Running]) -> End:
    pid, status, used = os.wait4(-1, 0)
    ended = running.pop(pid)
    ended.process.returncode = code = os.waitstatus_to_exitcode(status)
    return End(
        ended.lane,
        code,
        time.monotonic() - ended.began,
        used.ru_utime + used.ru_stime,
        ended.log.read_text(errors="replace"),
    )


def _stop(left: Collection[_Running]) -> None:
    """First as Ctrl-C does: tests then put away what they have started. At last without asking."""
    for number, patience_s in ((signal.SIGINT, 30), (signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        for one in left:
            with suppress(ProcessLookupError):  # the group has nobody any more
                os.killpg(one.process.pid, number)
        until = time.monotonic() + patience_s
        for one in left:
            with suppress(subprocess.TimeoutExpired):
                one.process.wait(timeout=max(0.0, until - time.monotonic()))

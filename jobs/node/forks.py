"""The worker's end of the zygote: one call after another, each in a process of its own."""

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, Dict, List, Optional, Union, cast

from .pump import Pump


class Fork:
    """One call in a child of the zygote; can be asked what a `subprocess.Popen` can."""

    def __init__(self, zygote: "subprocess.Popen[bytes]") -> None:
        self.zygote = zygote
        self.answers = cast(IO[bytes], zygote.stdout).fileno()
        self.pid = zygote.pid  # until it is told: whoever watches, or kills, means the zygote
        self.returncode: Optional[int] = None
        self.heard = b""

    def poll(self) -> Optional[int]:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(timeout=0)
        return self.returncode

    def wait(self, timeout: Optional[float] = None) -> int:
        """Its exit status, as soon as the zygote tells it; `TimeoutExpired` as of subprocess."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self.answers], [], [], left)[0]:
                raise subprocess.TimeoutExpired("part", timeout or 0)
            self.hear(os.read(self.answers, 4096))
        return self.returncode

    def hear(self, data: bytes) -> None:
        if not data:  # the zygote has ended, so has the call: nobody would tell of it
            self.kill()
            self.returncode = self.zygote.wait()
        *lines, self.heard = (self.heard + data).split(b"\n")
        for line in lines:
            answer: Dict[str, int] = json.loads(line.decode())
            self.pid = answer.get("pid", self.pid)
            self.returncode = answer.get("status", self.returncode)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


Child = Union["subprocess.Popen[bytes]", Fork]


class Zygote:
    """Starts the zygote when it is first needed, and again if it has ended."""

    def __init__(self, argv: List[str], log: Path, folder: Path) -> None:
        self.argv, self.log, self.folder = argv, log, folder
        self.process: Optional[subprocess.Popen[bytes]] = None
        self.pump: Optional[Pump] = None

    def call(self, folder: Path) -> Fork:
        """What the call.json beside `folder` asks for, by a process of its own that works there."""
        if self.process is None or self.process.poll() is not None:
            self.process = self.start()
        fork = Fork(self.process)
        with contextlib.suppress(BrokenPipeError):  # `fork` will tell that the zygote has ended
            line = json.dumps(str(folder)).encode() + b"\n"
            os.write(cast(IO[bytes], self.process.stdin).fileno(), line)
        return fork

    def start(self) -> "subprocess.Popen[bytes]":
        self.close()
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            self.argv, stdin=pipe, stdout=pipe, stderr=pipe, cwd=str(self.folder)
        )
        self.pump = Pump(process.stderr, self.log)
        return process

    def close(self) -> None:
        """End it; what it has forked is stopped before."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.pump is not None:
                self.pump.finish()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()

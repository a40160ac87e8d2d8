"""A Scanner for personal data: streams each file into a child process and reads its report."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from backends.base import Coverage, ScanError, ScanFile, Scanner, ScanReport
from scanning.frames import Budget, Examination, Settings, write_frame

ROOT = Path(__file__).resolve().parent.parent
CHUNK_BYTES = 2**20
MAX_ANSWER_BYTES = 2**20
STALL_S = 240.0  # more than the child may spend on one chunk: its CPU start and Presidio budget

# Nothing else of the worker's environment, which holds its secrets. Threads of linear algebra
# only take address space here.
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}


class _ChildEnded(Exception):
    """The child is gone before it answered; `reason` is a code for the report."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PersonalDataScanner(Scanner):
    """Looks for personal data with the gate and Presidio, in a confined process of its own.

    The process is kept between files, for its model takes seconds to load, until `close`; it is
    started again if a file has ended it, and that file is SKIPPED. One thread at a time.
    `model` is a spaCy model's name or path, else the best one installed; `entities` those that
    count, else `evidence.DEFAULT_ENTITIES`; `stall_s` is how long the child may take over one
    chunk or over its answer.
    """

    name = "presidio"

    def __init__(
        self,
        *,
        model: str = "",
        entities: Sequence[str] = (),
        budget: Budget | None = None,
        stall_s: float = STALL_S,
    ) -> None:
        self._settings = Settings(tuple(entities), model, budget or Budget())
        self._stall_s = stall_s
        self._child: _Child | None = None

    @property
    def child_pid(self) -> int | None:
        """The process that reads the files, if there is one now."""
        return self._child.pid if self._child else None

    def scan(self, file: ScanFile) -> ScanReport:
        """Look at one file; `ScanError` if the scanner itself cannot work."""
        if self._child is None or self._child.has_ended:
            self.close()
            self._child = _Child(self._settings, stall_s=self._stall_s)
        try:
            return _report(file, self._child.examine(file))
        except _ChildEnded as end:
            self.close()
            return _report(file, Examination(Coverage.SKIPPED, 0, reasons=(end.reason,)))
        except BaseException:
            self.close()  # it may still wait for the rest of a file
            raise

    def close(self) -> None:
        """End the child process; the next scan starts another."""
        if self._child:
            self._child.end()
        self._child = None


def _report(file: ScanFile, examination: Examination) -> ScanReport:
    return ScanReport(
        scanner=PersonalDataScanner.name,
        coverage=examination.coverage,
        size_bytes=file.size_bytes,
        scanned_bytes=examination.scanned_bytes,
        reasons=examination.reasons,
        findings=examination.findings,
        method=examination.method,
        seed=examination.seed,
        versions=examination.versions,
    )


class _Child:
    """One scanning process and the pipes to it."""

    def __init__(self, settings: Settings, *, stall_s: float) -> None:
        self._stall_s = stall_s
        self._is_overdue = False
        # By exec, not fork: a queue's worker is a daemon process and may hold connections.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scanning", "--serve", settings.to_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback may quote the file
            cwd=ROOT,
            env=_ENVIRONMENT,
        )
        self._stdin = cast(IO[bytes], self._process.stdin)
        self._stdout = cast(IO[bytes], self._process.stdout)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def examine(self, file: ScanFile) -> Examination:
        """The child's answer on one file; `_ChildEnded` or, if it says so, `ScanError`."""
        self._send(
            json.dumps({"size_bytes": file.size_bytes, "seed": secrets.randbits(32)}).encode()
        )
        sent_bytes = 0
        with file.open() as chunks:
            for chunk in chunks:
                if self._has_answered():
                    break
                self._send_bytes(chunk)
                sent_bytes += len(chunk)
            else:
                _require_whole(file, sent_bytes)
        self._send(b"")
        return self._answer()

    def end(self) -> None:
        """Kill the process, if need be, and close the pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):  # what was still to be written is of no use
                pipe.close()

    def _send(self, data: bytes) -> None:
        with self._deadline():
            try:
                write_frame(self._stdin, data)
            except OSError as error:
                raise self._ended() from error

    def _send_bytes(self, chunk: bytes) -> None:
        for at in range(0, len(chunk), CHUNK_BYTES):
            self._send(chunk[at : at + CHUNK_BYTES])

    def _has_answered(self) -> bool:
        return bool(select.select([self._stdout], [], [], 0)[0])

    def _answer(self) -> Examination:
        with self._deadline():
            line = self._stdout.readline(MAX_ANSWER_BYTES)
        if not line.endswith(b"\n"):
            raise self._ended()
        try:
            if error := json.loads(line).get("error"):
                raise ScanError(str(error), transient=True)
            return Examination.from_json(line)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _ChildEnded("CRASHED") from error

    def _ended(self) -> _ChildEnded:
        out_of_time = self._process.wait() == -signal.SIGXCPU or self._is_overdue
        return _ChildEnded("TIMED_OUT" if out_of_time else "CRASHED")

    @contextlib.contextmanager
    def _deadline(self) -> Iterator[None]:
        """Kill the child if what is done within takes longer than `stall_s`."""
        timer = threading.Timer(self._stall_s, self._overdue)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _overdue(self) -> None:
        self._is_overdue = True
        self._process.kill()


def _require_whole(file: ScanFile, sent_bytes: int) -> None:
    if sent_bytes != file.size_bytes:
        raise ScanError(
            f"File {file.number} has {file.size_bytes} bytes, but {sent_bytes} came.",
            transient=True,
        )

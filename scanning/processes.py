"""The parent's side of the scanning processes: a zygote, and the child it forks for a file."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from backends.base import ScanError, ScanFile
from scanning.orders import EXIT_OUT_OF_MEMORY, MAX_ORDER_BYTES, Order, Settings

ROOT = Path(__file__).resolve().parent.parent
PIPE_BYTES = 2**20
STALL_S = 240.0  # more than a child may spend on one chunk: its CPU start and Presidio budget
WALL_BYTES_PER_S = 10**6  # half of what a child's CPU time allows for
_CLOSING_S = 10.0  # for a child that has closed its answers to end
_EXIT_S = 1.0  # for a zygote that has hung up to be gone

# Nothing else of the worker's environment, which holds its secrets. Threads of linear algebra
# only take address space here.
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
# OUT_OF_MEMORY: nobody but the kernel kills a child unasked, when the machine has no more.
_REASONS = {
    EXIT_OUT_OF_MEMORY: "OUT_OF_MEMORY",
    -signal.SIGKILL: "OUT_OF_MEMORY",
    -signal.SIGXCPU: "TIMED_OUT",
}


class ChildEnded(Exception):
    """The child is gone, or was stopped, before it answered; `reason` is a report's code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def whole(file: ScanFile, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks; `ScanError` at their end if they were more or less than the file has."""
    came_bytes = 0
    for chunk in chunks:
        came_bytes += len(chunk)
        yield chunk
    file.require_whole(came_bytes)


class ZygoteProcess:
    """One zygote; at most one child at a time, and one thread.

    `stall_s` is how long a child may take over one chunk or one answer.
    """

    def __init__(self, settings: Settings, *, stall_s: float = STALL_S) -> None:
        self._stall_s = stall_s
        self._has_served = False
        self._control, other_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other_end:
            # By exec, not fork: a queue's worker is a daemon process and may hold connections.
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-m", "scanning", "--serve", settings.to_json()],
                stdin=other_end.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a traceback may quote the file
                cwd=ROOT,
                env=_ENVIRONMENT,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    @contextlib.contextmanager
    def child(self, order: Order) -> Iterator[ChildProcess]:
        """A new child for one file; it is gone when the block is left."""
        child = ChildProcess(self._control, order, stall_s=self._stall_s)
        try:
            yield child
        finally:
            if child.dismiss():
                self._has_served = True
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_EXIT_S)  # for its own exit code
                self.end()

    def require_started(self) -> None:
        """A transient `ScanError` if it ended by an error of its own, before it saw any file."""
        code = self._process.poll()
        if code and code > 0 and not self._has_served:
            raise ScanError(
                "The scanner for personal data does not start: the operator should run "
                "“manage.py doctor --area scanners”.",
                transient=True,
            )

    def end(self) -> None:
        """Kill the process, if need be; its child, if there is one, ends with it."""
        self._process.kill()
        self._process.wait()
        self._control.close()


class ChildProcess:
    """One child: takes a file's chunks, gives its answers."""

    def __init__(self, control: socket.socket, order: Order, *, stall_s: float) -> None:
        self._control = control
        self._stall_s = stall_s
        self._left_s = stall_s + order.size_bytes / WALL_BYTES_PER_S
        self._exit_code: int | None = None
        takes, self._file = os.pipe()
        self._answers, gives = os.pipe()
        try:
            with contextlib.suppress(PermissionError):  # beyond the user's share: only slower
                fcntl.fcntl(self._file, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            os.set_blocking(self._file, False)
            with contextlib.suppress(OSError):  # a zygote that has ended is seen at the pipes
                socket.send_fds(control, [order.to_json()], [takes, gives])
        finally:
            os.close(takes)
            os.close(gives)

    def exchange(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Feed it the chunks for as long as it takes them, and yield its answers to their end.

        Raises `ChildEnded` if it takes too long. Errors of the chunks' source pass through.
        """
        left = memoryview(b"")
        while True:
            if self._file >= 0 and not left:
                left = self._next(chunks)
            has_answered, may_write = self._wait()
            if may_write:
                left = self._write(left)
            if has_answered:
                answer = os.read(self._answers, PIPE_BYTES)
                if not answer:
                    return
                yield answer

    def reason(self) -> str:
        """Why it gave no answer, once its answers have ended: a report's code."""
        self._await_end(_CLOSING_S)
        return _REASONS.get(self._exit_code or 0, "CRASHED")

    def dismiss(self) -> bool:
        """End it, if it has not ended; False if the zygote does not say so, and must end, too."""
        self._close_file()
        os.close(self._answers)
        if self._exit_code is None:
            with contextlib.suppress(OSError):
                self._control.send(b"stop")
            self._await_end(_CLOSING_S)
        return self._exit_code is not None

    def _next(self, chunks: Iterator[bytes]) -> memoryview:
        """What to write next; after the last chunk the pipe is closed."""
        for chunk in chunks:
            if chunk:
                return memoryview(chunk)
        self._close_file()
        return memoryview(b"")

    def _write(self, data: memoryview) -> memoryview:
        """What is left of it; a child that takes no more may still have an answer."""
        try:
            return data[os.write(self._file, data) :]
        except BrokenPipeError:
            self._close_file()
            return memoryview(b"")

    def _wait(self) -> tuple[bool, bool]:
        """Until it has something to say or can take something: which of the two."""
        began = time.monotonic()
        patience_s = min(self._stall_s, self._left_s)
        files = [self._file] if self._file >= 0 else []
        readable, writable, _ = select.select([self._answers], files, [], max(patience_s, 0))
        if not (readable or writable):
            raise ChildEnded("TIMED_OUT")
        self._left_s -= time.monotonic() - began
        return bool(readable), bool(writable)

    def _await_end(self, patience_s: float) -> None:
        if self._exit_code is None and select.select([self._control], [], [], patience_s)[0]:
            with contextlib.suppress(OSError, ValueError):  # nothing comes of a zygote that ended
                self._exit_code = int(self._control.recv(MAX_ORDER_BYTES))

    def _close_file(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

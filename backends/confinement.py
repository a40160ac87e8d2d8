"""What a process gives up before it reads what strangers made: network, memory, time, files."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
from typing import NoReturn

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # sched.h
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38  # prctl.h
_LIBC = ctypes.CDLL(None, use_errno=True)


def confine(memory_bytes: int) -> None:
    """Give up the network, core dumps and all memory beyond `memory_bytes`, for good."""
    leave_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def confine_child(cpu_s: int, *, parent: int, file_bytes: int = 0) -> None:
    """Give up files of more than `file_bytes` and CPU time beyond `cpu_s`; end with the `parent`.

    SIGXCPU ends the process when its time is used up; to write more to a file raises OSError.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError("the parent has ended before")
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    allow_cpu(cpu_s)


def allow_cpu(seconds: int) -> None:
    """Let the process use so many more seconds of CPU; then the kernel ends it by SIGXCPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit if hard < 0 else min(limit, hard), hard))


def leave_network() -> None:
    """Move into a network namespace with nothing in it, and block Python's sockets.

    The kernel lets root do so, and others where unprivileged user namespaces are allowed; where
    it refuses, only Python's own sockets are blocked, and native code could still connect.
    """
    if _LIBC.unshare(_CLONE_NEWNET) != 0:
        _LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    socket.socket.connect = _refuse  # type: ignore[method-assign]
    socket.getaddrinfo = _refuse


def _refuse(*_: object, **__: object) -> NoReturn:
    raise OSError("this process has no network")

"""The process that reads what visitors sent: few rights, bounded memory and time, no network.

It is started with an environment without secrets. A file may crash it; its parent then says so
and starts another. It needs neither Django nor a database.
"""

from __future__ import annotations

import ctypes
import dataclasses
import json
import resource
import socket
from collections.abc import Iterator
from functools import cached_property
from typing import IO, NoReturn

from backends.base import Coverage, ScanError
from backends.presidio import Presidio
from scanning.evidence import DEFAULT_ENTITIES, presidio_entities
from scanning.examine import Examiner
from scanning.frames import Examination, Settings, read_file, read_frame

CPU_START_S = 180  # for loading the model and a file's Presidio budget, on a slow machine
CPU_BYTES_PER_S = 2 * 10**6  # a hundredth of what the gate does
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # sched.h


def serve(orders: IO[bytes], answers: IO[bytes], settings: Settings) -> None:
    """Answer each file in `orders` (see `frames`) with one line, until they end."""
    confine(settings.memory_bytes)
    reader = Reader(settings)
    while (order := _next_order(orders)) is not None:
        chunks = read_file(orders)
        answers.write(reader.answer(chunks, **order) + b"\n")
        answers.flush()
        for _ in chunks:  # what the reader had no need of
            pass


def _next_order(orders: IO[bytes]) -> dict[str, int] | None:
    try:
        return dict(json.loads(read_frame(orders)))
    except EOFError:
        return None


class Reader:
    """Presidio and the examiner, as the settings ask for them, made when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._entities = tuple(settings.entities) or DEFAULT_ENTITIES

    def answer(self, chunks: Iterator[bytes], *, size_bytes: int, seed: int = 0) -> bytes:
        """What to tell the parent of one file: an examination, or why there can be none."""
        allow_cpu(CPU_START_S + size_bytes // CPU_BYTES_PER_S)
        try:
            examination = self._examiner.examine(chunks, size_bytes=size_bytes, seed=seed)
        except ScanError as error:
            if error.transient:
                return json.dumps({"error": error.message}).encode()
            examination = Examination(Coverage.SKIPPED, 0, reasons=("CRASHED",))
        versions = self._presidio.versions
        return dataclasses.replace(examination, versions=versions).to_json().encode()

    @cached_property
    def _presidio(self) -> Presidio:
        return Presidio(presidio_entities(self._entities), model=self._settings.model)

    @cached_property
    def _examiner(self) -> Examiner:
        return Examiner(self._presidio, self._entities, self._settings.budget)


def confine(memory_bytes: int) -> None:
    """Give up the network, core dumps and all memory beyond `memory_bytes`, for good."""
    leave_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


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
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    socket.socket.connect = _refuse  # type: ignore[method-assign]
    socket.getaddrinfo = _refuse


def _refuse(*_: object, **__: object) -> NoReturn:
    raise OSError("the scanning process has no network")

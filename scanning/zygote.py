"""The processes that read what visitors sent: a zygote with the model, a child for each file.

The zygote is started with an environment without secrets, needs neither Django nor a database
and never sees a file. For each order it forks a child, which reads one file and ends: so what
a file does to it, and what it has held of a file, goes with it. The model, and libraries that
are slow to import, are loaded by the first child that needs them, then by the zygote, for all
that follow.
"""

from __future__ import annotations

import dataclasses
import gc
import importlib
import json
import mmap
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from backends.base import Coverage, ScanError
from backends.confinement import confine, confine_child
from backends.presidio import Presidio
from scanning.evidence import DEFAULT_ENTITIES, presidio_entities
from scanning.examination import Examination
from scanning.examine import Examiner
from scanning.orders import EXIT_OUT_OF_MEMORY, MAX_ORDER_BYTES, Order, Settings
from scanning.recognizers import Recognizer, recognizers_with
from scanning.unpack import give_members
from scanning.versions import rules_sha256

CPU_START_S = 180  # for loading the model and a file's Presidio budget, on a slow machine
CPU_BYTES_PER_S = 2 * 10**6  # a hundredth of what the gate does
CHUNK_BYTES = 2**20

Answers = Callable[[bytes], None]
Work = Callable[["LazyExaminer", Order, Iterator[bytes], Answers], None]


class LazyExaminer:
    """Presidio and the examiner, as the settings ask for them, made when first needed.

    `when_loaded` is called whenever the model has been loaded.
    """

    def __init__(self, settings: Settings, when_loaded: Callable[[], None] = lambda: None) -> None:
        self.limits = settings.limits
        self._settings = settings
        self._site_file = Path(settings.recognizers) if settings.recognizers else None
        self._when_loaded = when_loaded

    def answer(self, chunks: Iterator[bytes], *, size_bytes: int, seed: int = 0) -> bytes:
        """What to tell the parent of one file: an examination, or why there can be none."""
        try:
            examination = self._examiner.examine(chunks, size_bytes=size_bytes, seed=seed)
        except ScanError as error:
            if error.transient:
                return json.dumps({"error": error.message}).encode()
            examination = Examination(Coverage.SKIPPED, 0, reasons=("CRASHED",))
        return dataclasses.replace(examination, versions=self.versions).to_json().encode()

    def prepare(self) -> None:
        """Make all but the model, so that forked children find it made."""
        with suppress(ScanError):  # a child will say so
            _ = self._examiner, self.versions

    def load(self) -> None:
        """Load the model, so that forked children find it loaded."""
        self._presidio.load()

    @cached_property
    def versions(self) -> dict[str, str]:
        """What is in force: the libraries, the model and the rules; it need not be loaded."""
        return {**self._presidio.versions, "rules": rules_sha256(self._site_file)}

    @cached_property
    def entities(self) -> tuple[str, ...]:
        """What is looked for: as the settings say, and what a site's recognisers are for."""
        wanted = (*self._settings.entities,) or DEFAULT_ENTITIES
        return tuple(dict.fromkeys([*wanted, *(own.entity for own in self._recognizers)]))

    @cached_property
    def _recognizers(self) -> list[Recognizer]:
        return recognizers_with(self._site_file)

    @cached_property
    def _presidio(self) -> Presidio:
        return Presidio(
            presidio_entities(self.entities),
            model=self._settings.model,
            recognizers=self._site_file,
            when_loaded=self._when_loaded,
        )

    @cached_property
    def _examiner(self) -> Examiner:
        budget = self._settings.budget
        return Examiner(self._presidio, self.entities, budget, self.limits, self._recognizers)


def examine(
    examiner: LazyExaminer, order: Order, chunks: Iterator[bytes], answers: Answers
) -> None:
    """Answers a file with one line, maybe before its end."""
    answers(examiner.answer(chunks, size_bytes=order.size_bytes, seed=order.seed) + b"\n")


def unpack(examiner: LazyExaminer, order: Order, chunks: Iterator[bytes], answers: Answers) -> None:
    """Answers an archive with its members: see `scanning.unpack`."""
    give_members(chunks, answers, size_bytes=order.size_bytes, limits=examiner.limits)


# Imported by readers, in .3 s of CPU: a study may be thousands of files.
SLOW_MODULES = ("pydicom",)

WORK: Mapping[str, Work] = MappingProxyType({"examine": examine, "unpack": unpack})


def cpu_s(size_bytes: int) -> int:
    """How many seconds of CPU a file of that size may take."""
    return CPU_START_S + size_bytes // CPU_BYTES_PER_S


class Zygote:
    """Forks one child after the other, as the parent asks for them over `control`.

    Each order is a packet with the pipes to the child: its file, and its answers. It is
    answered by one packet when the child has ended, with its exit code. Any packet meanwhile
    has the child killed.
    """

    def __init__(self, control: socket.socket, settings: Settings) -> None:
        self._control = control
        self._pid = os.getpid()
        self._wants_model = mmap.mmap(-1, 1)  # shared with the children
        self._imported = mmap.mmap(-1, len(SLOW_MODULES))  # by a child
        self._examiner = LazyExaminer(settings, when_loaded=self._note_model)

    def serve(self) -> None:
        """Work until the parent hangs up."""
        self._examiner.prepare()
        _keep_shared()
        is_loaded = False
        while (asked := self._next_order()) is not None:
            order, pipes = asked
            self._control.send(str(self._exit_code_of(order, *pipes)).encode())
            if self._wants_model[0] and not is_loaded:
                self._examiner.load()
                _keep_shared()
                is_loaded = True
            self._import_for_others()

    def _note_model(self) -> None:
        self._wants_model[0] = 1

    def _note_modules(self) -> None:
        self._imported[:] = bytes(name in sys.modules for name in SLOW_MODULES)

    def _import_for_others(self) -> None:
        for name, is_imported in zip(SLOW_MODULES, self._imported[:], strict=True):
            if is_imported and name not in sys.modules:
                importlib.import_module(name)
                _keep_shared()

    def _next_order(self) -> tuple[Order, list[int]] | None:
        """None at the end; a packet without pipes came too late for its child."""
        while True:
            packet, pipes, _, _ = socket.recv_fds(self._control, MAX_ORDER_BYTES, 2)
            if not packet:
                return None
            if len(pipes) == 2:
                return Order.from_json(packet), pipes

    def _exit_code_of(self, order: Order, file: int, answers: int) -> int:
        pid = os.fork()
        if not pid:
            self._work(order, file, answers)
        os.close(file)
        os.close(answers)
        self._watch(pid)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _watch(self, pid: int) -> None:
        """Return when the child has ended; kill it if the parent says so or is gone."""
        child = os.pidfd_open(pid)
        try:
            ready, _, _ = select.select([child, self._control.fileno()], [], [])
            if child not in ready:
                self._control.recv(MAX_ORDER_BYTES)
                os.kill(pid, signal.SIGKILL)  # not waited for yet: the id is still its own
        finally:
            os.close(child)

    def _work(self, order: Order, file: int, answers: int) -> NoReturn:
        """What the forked process does. It never returns, whatever happens."""
        code = 1
        try:
            self._control.close()
            confine_child(cpu_s(order.size_bytes), parent=self._pid)
            WORK[order.work](self._examiner, order, _chunks(file), _writer(answers))
            code = 0
        except MemoryError:
            code = EXIT_OUT_OF_MEMORY
        finally:
            self._note_modules()
            os._exit(code)


def serve(control: socket.socket, settings: Settings) -> None:
    """Be the zygote of whoever holds the other end of `control`."""
    # Sent to all at once when a service stops: the parent finishes its file, then hangs up. Else
    # that file's report would say that the file broke the check.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    confine(settings.memory_bytes)
    Zygote(control, settings).serve()


def _keep_shared() -> None:
    """Leave alone what is there: a collector that looks at it in a child copies its pages."""
    gc.collect()
    gc.freeze()


def _chunks(pipe: int) -> Iterator[bytes]:
    while chunk := os.read(pipe, CHUNK_BYTES):
        yield chunk


def _writer(pipe: int) -> Answers:
    def write(data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(pipe, left) :]

    return write

"""Lets the faults happen, several at once, and undoes every one of them."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import SubprocessError

from deploy.chaos.faults import Fault
from deploy.chaos.harm import HARMS, Scene
from deploy.testbed import PartError
from deploy.testbed.parts import all_parts
from deploy.testbed.place import Bed


@dataclass(frozen=True)
class Mishap:
    """A fault that happened; times in seconds since 1970."""

    number: int
    kind: str
    target: str
    began_at: float
    ended_at: float
    trouble: str = ""  # why it, or its undoing, did not go as meant


class Storm:
    """A thread that draws faults until it is calmed; each fault has a thread of its own."""

    def __init__(self, scene: Scene, faults: Iterator[Fault], log: Path) -> None:
        self.mishaps: list[Mishap] = []
        self._scene, self._faults, self._log = scene, faults, log
        self._over = threading.Event()
        self._busy: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._noting = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._rage, name="storm")

    def start(self) -> None:
        """Let it begin."""
        self._thread.start()

    def calm(self) -> None:
        """No more faults; those that last are undone at once. Returns when all is whole."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        for thread in self._threads:
            thread.join()
        make_whole(self._scene.bed)

    def _rage(self) -> None:
        for fault in self._faults:
            if self._over.wait(fault.after_s):
                return
            thread = threading.Thread(target=self._happen, args=(fault,), name=fault.kind.name)
            self._threads.append(thread)
            thread.start()

    def _happen(self, fault: Fault) -> None:
        with self._alone(fault.kind.things) as is_free:
            if is_free:
                self._note(self._do(fault))

    @contextmanager
    def _alone(self, things: tuple[str, ...]) -> Iterator[bool]:
        with ExitStack() as held:
            free = [self._busy[thing].acquire(blocking=False) for thing in things]
            for thing, is_free in zip(things, free, strict=True):
                if is_free:
                    held.callback(self._busy[thing].release)
            yield all(free)

    def _do(self, fault: Fault) -> Mishap:
        began_at, target, trouble = time.time(), "", ""
        try:
            with HARMS[fault.kind.name](self._scene, fault) as target:
                self._over.wait(fault.seconds)
        except (PartError, OSError, SubprocessError) as error:
            trouble = str(error)[:300]
        return Mishap(fault.number, fault.kind.name, target, began_at, time.time(), trouble)

    def _note(self, mishap: Mishap) -> None:
        with self._noting, self._log.open("a") as log:
            self.mishaps.append(mishap)
            log.write(json.dumps(asdict(mishap)) + "\n")


def make_whole(bed: Bed) -> None:
    """Start every daemon that a fault has left down or halted; `PartError` where that fails."""
    for part in all_parts(bed).values():
        part.ensure_daemons()

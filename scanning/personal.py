"""A Scanner for personal data: streams each file into a child process and reads its report."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence

from backends.base import Coverage, ScanError, ScanFile, Scanner, ScanReport
from scanning.examination import Examination
from scanning.limits import Budget
from scanning.orders import MEMORY_BYTES, Order, Settings
from scanning.processes import STALL_S, ChildEnded, ChildProcess, ZygoteProcess, whole

MAX_ANSWER_BYTES = 2**20


class PersonalDataScanner(Scanner):
    """Looks for personal data with the gate and Presidio, in a confined process for each file.

    The process that forks them is kept until `close`, for its model takes seconds to load; it
    is started again if it has ended. A file that ends its own process is SKIPPED. One thread at
    a time. `model` is a spaCy model's name or path, else the best one installed; `entities`
    those that count, else `evidence.DEFAULT_ENTITIES`; a child may have `memory_bytes` of address
    space, and `stall_s` for one chunk or for its answer.
    """

    name = "presidio"

    def __init__(
        self,
        *,
        model: str = "",
        recognizers: str = "",
        entities: Sequence[str] = (),
        budget: Budget | None = None,
        memory_bytes: int = MEMORY_BYTES,
        stall_s: float = STALL_S,
    ) -> None:
        self._settings = Settings(
            tuple(entities), model, recognizers, budget or Budget(), memory_bytes
        )
        self._stall_s = stall_s
        self._zygote: ZygoteProcess | None = None

    @property
    def zygote_pid(self) -> int | None:
        """The process that forks the children, if there is one now."""
        return self._zygote.pid if self._zygote else None

    def scan(self, file: ScanFile) -> ScanReport:
        """Look at one file; `ScanError` if the scanner itself cannot work."""
        order = Order(file.size_bytes, seed=secrets.randbits(32))
        zygote = self._ready_zygote()
        try:
            with file.open() as chunks, zygote.child(order) as child:
                examination = _examined(file, chunks, child)
        except ChildEnded as end:
            zygote.require_started()
            examination = Examination(Coverage.SKIPPED, 0, reasons=(end.reason,))
        return _report(file, examination)

    def close(self) -> None:
        """End the process; the next scan starts another."""
        if self._zygote:
            self._zygote.end()
        self._zygote = None

    def _ready_zygote(self) -> ZygoteProcess:
        if self._zygote is None or self._zygote.has_ended:
            self.close()
            self._zygote = ZygoteProcess(self._settings, stall_s=self._stall_s)
        return self._zygote


def _examined(file: ScanFile, chunks: Iterator[bytes], child: ChildProcess) -> Examination:
    """The child's answer; `ChildEnded` without one or, if it says so, `ScanError`."""
    line = b""
    for piece in child.exchange(whole(file, chunks)):
        line += piece
        if len(line) > MAX_ANSWER_BYTES:
            raise ChildEnded("CRASHED")
    if not line.endswith(b"\n"):
        raise ChildEnded(child.reason())
    try:
        if error := json.loads(line).get("error"):
            raise ScanError(str(error), transient=True)
        return Examination.from_json(line)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ChildEnded("CRASHED") from error


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

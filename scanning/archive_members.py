"""An archive's members out of a confined process, for a scanner that cannot take it apart."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from backends.base import Place, ScanFile, Unpacked
from scanning.frames import frames
from scanning.orders import Order, Settings
from scanning.processes import ChildEnded, ChildProcess, ZygoteProcess, whole
from scanning.reasons import MAX_REASONS, REASONS


@contextmanager
def unpack(file: ScanFile, settings: Settings | None = None) -> Iterator[Unpacked]:
    """What is packed in the file, as it comes out; an `Unpack` of the ports.

    The process ends with the block. `ScanError` if the file's stream does not have its length;
    other errors of it pass through.
    """
    zygote = ZygoteProcess(settings or Settings())
    try:
        order = Order(file.size_bytes, work="unpack")
        with file.open() as chunks, zygote.child(order) as child:
            yield Members(child, whole(file, chunks))
    finally:
        zygote.end()


class Members(Unpacked):
    """The child's answers: see `scanning.unpack`. Whatever is not an answer is CRASHED."""

    def __init__(self, child: ChildProcess, chunks: Iterator[bytes]) -> None:
        self.reasons: Sequence[str] = ()
        self._child = child
        self._chunks = chunks
        self._frames = frames(child.exchange(chunks))

    def __iter__(self) -> Iterator[tuple[Place, Iterator[bytes]]]:
        """The members; then what is left of the file is read, to prove that all of it came."""
        has_members = False
        while not self.reasons and (place := self._next_place()) is not None:
            has_members = True
            data = self._data()
            yield place, data
            for _ in data:
                pass
        if has_members:
            for _ in self._chunks:
                pass

    def _next_place(self) -> Place | None:
        """Where the next member was; None after the last, and then `reasons` stands."""
        try:
            said = json.loads(self._frame())
            if "member" in said:
                return tuple(("member", int(number)) for number in said["member"])
            codes = said["reasons"][:MAX_REASONS]
            self.reasons = tuple(code if code in REASONS else "CRASHED" for code in codes)
        except (ValueError, TypeError, KeyError):
            self.reasons = self.reasons or ("CRASHED",)
        return None

    def _data(self) -> Iterator[bytes]:
        while data := self._frame():
            yield data

    def _frame(self) -> bytes:
        """The next frame; empty, too, where the child has broken off, which `reasons` tell."""
        try:
            for data in self._frames:
                return data
            self.reasons = (self._child.reason(),)
        except ValueError:  # half a frame
            self.reasons = (self._child.reason(),)
        except ChildEnded as end:
            self.reasons = (end.reason,)
        return b""

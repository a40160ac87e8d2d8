"""One reading of a file for all its scanners, which look at it at the same time.

The caller's thread reads and hands each chunk to every scanner that still wants it; each scanner
has a thread of its own. A few chunks wait for each, so that memory stays bounded and the slowest
sets the pace. A scanner that stops early lets the others go on; one that opens the file again
gets a reading of its own. The first error, of the reading or of a scanner, ends all of it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from backends.base import ScanFile, Scanner, ScanReport

WAITING_CHUNKS = 8  # for each scanner; the stores give 1 MiB each


class BrokenOff(Exception):
    """What a scanner reads has ended too early; why is told elsewhere."""


def scan_together(
    file: ScanFile, chunks: Iterable[bytes], scanners: Sequence[Scanner]
) -> tuple[ScanReport, ...]:
    """What each scanner says of the file, of which `chunks` is the one reading.

    The chunks are read to their end, whatever the scanners want, and none of these is told of
    that end before it is certain that no error comes of it. `file.open` is for further readings,
    in a scanner's thread. Errors pass through, of the chunks before those of a scanner.
    """
    shared = _Shared()
    scans = [_Scan(scanner, file, shared) for scanner in scanners]
    started: list[_Scan] = []
    try:
        for scan in scans:
            scan.start()
            started.append(scan)
        for chunk in chunks:
            shared.give(chunk)
        shared.finish()
    except BrokenOff:
        pass  # by a scanner's error
    except BaseException:
        shared.break_off()
        raise
    finally:
        for scan in started:
            scan.join()
    if shared.error:
        raise shared.error
    return tuple(scan.report for scan in scans)


@dataclass
class _Feed:
    """What was read for one scanner and not been taken yet."""

    waiting: deque[bytes] = field(default_factory=deque)
    is_wanted: bool = True


class _Shared:
    """What reader and scanners know together; whoever changes it tells the others."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self._changed = threading.Condition()
        self._feeds: list[_Feed] = []
        self._is_finished = False
        self._is_broken = False

    def feed(self) -> _Feed:
        """One for another scanner; made before the first chunk is given."""
        self._feeds.append(_Feed())
        return self._feeds[-1]

    def give(self, chunk: bytes) -> None:
        """Hand the chunk to everybody who wants it, once there is room; `BrokenOff`."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_broken or self._has_room())
            self.require_whole()
            for feed in self._feeds:
                if feed.is_wanted:
                    feed.waiting.append(chunk)
            self._changed.notify_all()

    def taken(self, feed: _Feed) -> Iterator[bytes]:
        """The chunks as they come, to the end; `BrokenOff`."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_broken or feed.waiting or self._is_finished)
                self.require_whole()
                if not feed.waiting:
                    return
                chunk = feed.waiting.popleft()
                self._changed.notify_all()
            yield chunk

    def refuse(self, feed: _Feed) -> None:
        """Give it no more."""
        with self._changed:
            feed.is_wanted = False
            feed.waiting.clear()
            self._changed.notify_all()

    def finish(self) -> None:
        """That was the end."""
        with self._changed:
            self._is_finished = True
            self._changed.notify_all()

    def break_off(self, error: BaseException | None = None) -> None:
        """Nobody is to go on; the first error is the one to tell."""
        with self._changed:
            self.error = self.error or error
            self._is_broken = True
            self._changed.notify_all()

    def require_whole(self) -> None:
        """Raises `BrokenOff` if it was broken off."""
        if self._is_broken:
            raise BrokenOff

    def _has_room(self) -> bool:
        return all(len(feed.waiting) < WAITING_CHUNKS for feed in self._feeds)


class _Scan(threading.Thread):
    """One scanner at work in its thread."""

    report: ScanReport

    def __init__(self, scanner: Scanner, file: ScanFile, shared: _Shared) -> None:
        super().__init__(name=f"scan with {scanner.name}", daemon=True)
        self._scanner = scanner
        self._again = file.open
        self._file = replace(file, open=self._open)
        self._shared = shared
        self._feed = shared.feed()
        self._is_first = True

    def run(self) -> None:
        try:
            self.report = self._scanner.scan(self._file)
        except BaseException as error:
            self._shared.break_off(error)
        finally:
            self._shared.refuse(self._feed)

    @contextmanager
    def _open(self) -> Iterator[Iterator[bytes]]:
        """The shared reading, once; thereafter others."""
        if not self._is_first:
            with self._again() as chunks:
                yield self._while_whole(chunks)
            return
        self._is_first = False
        try:
            yield self._shared.taken(self._feed)
        finally:
            self._shared.refuse(self._feed)

    def _while_whole(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._shared.require_whole()
            yield chunk

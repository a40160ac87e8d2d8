"""One reading for several scanners: each sees all of it, none waits for ever, no thread stays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from backends.base import Coverage, ScanError, ScanFile, Scanner, ScanReport, StoreError
from scanning.shared import WAITING_CHUNKS, BrokenOff, scan_together

CHUNKS = [bytes([n]) * 10 for n in range(50)]
WHOLE = b"".join(CHUNKS)
WAIT_S = 120

Read = Callable[[Iterator[bytes]], object]


class Probe(Scanner):
    """Reads as the test says, for each time that it opens the file, and notes what came."""

    def __init__(self, *reads: Read) -> None:
        self.name = "probe"
        self.reads = reads
        self.seen: list[object] = []

    def scan(self, file: ScanFile) -> ScanReport:
        for read in self.reads:
            with file.open() as chunks:
                self.seen.append(read(chunks))
        return ScanReport(self.name, Coverage.COMPLETE, file.size_bytes, file.size_bytes)


def whole(chunks: Iterator[bytes]) -> bytes:
    return b"".join(chunks)


def first(chunks: Iterator[bytes]) -> bytes:
    return next(chunks)


def failing(chunks: Iterator[bytes]) -> bytes:
    next(chunks)
    raise ScanError("It is down.", transient=True)


def file_again(data: bytes = WHOLE) -> ScanFile:
    @contextmanager
    def open_again() -> Iterator[Iterator[bytes]]:
        yield iter([data])

    return ScanFile(1, "a.txt", len(WHOLE), open_again)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = threading.enumerate()
    yield
    assert [thread for thread in threading.enumerate() if thread not in before] == []


def test_every_scanner_sees_all_of_one_reading() -> None:
    probes = [Probe(whole), Probe(whole), Probe(whole)]

    reports = scan_together(file_again(b"another"), iter(CHUNKS), probes)

    assert [probe.seen for probe in probes] == [[WHOLE]] * 3
    assert [report.scanner for report in reports] == ["probe"] * 3


def test_without_a_scanner_it_is_read_to_its_end() -> None:
    chunks = iter(CHUNKS)

    assert scan_together(file_again(), chunks, []) == ()
    assert next(chunks, None) is None


def test_scanner_that_stops_early_lets_the_others_and_the_reading_go_on() -> None:
    lazy, idle, thorough = Probe(first), Probe(), Probe(whole)
    chunks = iter(CHUNKS)

    assert len(scan_together(file_again(), chunks, [lazy, idle, thorough])) == 3
    assert (lazy.seen, thorough.seen) == ([CHUNKS[0]], [WHOLE])
    assert next(chunks, None) is None


def test_second_opening_is_a_reading_of_its_own() -> None:
    again = Probe(first, whole, whole)
    thorough = Probe(whole)

    scan_together(file_again(b"again"), iter(CHUNKS), [again, thorough])

    assert again.seen == [CHUNKS[0], b"again", b"again"]
    assert thorough.seen == [WHOLE]


def test_reading_waits_for_the_slowest_scanner() -> None:
    ahead = list[int]()
    given = taken = 0

    def source() -> Iterator[bytes]:
        nonlocal given
        for chunk in CHUNKS:
            given += 1
            yield chunk

    def slow(chunks: Iterator[bytes]) -> None:
        nonlocal taken
        for _ in chunks:
            taken += 1
            ahead.append(given - taken)

    scan_together(file_again(), source(), [Probe(slow), Probe(whole)])

    assert taken == len(CHUNKS)
    assert max(ahead) <= WAITING_CHUNKS + 1


def test_error_of_one_scanner_ends_all_at_once() -> None:
    probe = Probe(whole)

    with pytest.raises(ScanError, match="It is down"):
        scan_together(file_again(), endless(), [Probe(failing), probe])
    assert probe.seen == []


def endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 10


def test_error_of_the_store_ends_all_and_is_the_one_to_tell() -> None:
    def broken() -> Iterator[bytes]:
        yield from CHUNKS[:3]
        raise StoreError("The store is gone.", transient=True)

    probes = [Probe(whole), Probe(whole)]
    with pytest.raises(StoreError, match="gone"):
        scan_together(file_again(), broken(), probes)
    assert [probe.seen for probe in probes] == [[], []]


def test_nobody_is_told_of_the_end_before_it_is_certain() -> None:
    """The sums are compared at the end: nobody is to judge what was damaged."""

    def damaged() -> Iterator[bytes]:
        yield from CHUNKS
        raise ValueError("damaged")

    probe = Probe(whole)
    with pytest.raises(ValueError, match="damaged"):
        scan_together(file_again(), damaged(), [probe])
    assert probe.seen == []


def test_error_of_another_scanner_ends_a_second_reading() -> None:
    is_reading, has_failed = threading.Event(), threading.Event()

    @contextmanager
    def open_again() -> Iterator[Iterator[bytes]]:
        is_reading.set()
        yield endless()

    def fail(chunks: Iterator[bytes]) -> None:
        assert is_reading.wait(WAIT_S)
        has_failed.set()
        raise ScanError("It is down.", transient=True)

    file = ScanFile(1, "a.txt", len(WHOLE), open_again)
    with pytest.raises(ScanError, match="It is down"):
        scan_together(file, iter(CHUNKS), [Probe(first, whole), Probe(fail)])
    assert has_failed.is_set()


def test_error_while_the_reading_waits_for_another_scanner_wakes_it() -> None:
    """The feed of the one that does not read is full; the one that fails reads slowly."""
    may_end = threading.Event()

    def hang(chunks: Iterator[bytes]) -> None:
        assert may_end.wait(WAIT_S)
        with pytest.raises(BrokenOff):
            whole(chunks)
        raise BrokenOff

    def fail_late(chunks: Iterator[bytes]) -> None:
        for _ in range(WAITING_CHUNKS):
            next(chunks)
        may_end.set()
        raise ScanError("It is down.", transient=True)

    with pytest.raises(ScanError, match="It is down"):
        scan_together(file_again(), iter(CHUNKS), [Probe(hang), Probe(fail_late)])


def test_bug_in_a_scanner_is_no_report() -> None:
    def bug(chunks: Iterator[bytes]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        scan_together(file_again(), iter(CHUNKS), [Probe(bug), Probe(whole)])

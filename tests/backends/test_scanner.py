"""What every Scanner keeps to: the one in memory, a real clamd, Presidio in its child process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backends.base import MAX_LOCATIONS, Coverage, ScanError, Scanner
from backends.clamav import ClamavScanner
from backends.memory.scanner import MemoryScanner
from deploy.testbed.clamd import EICAR
from scanning.personal import PersonalDataScanner
from tests.backends.scan_bench import Stream, file_of, shared_personal_scanner
from tests.parts import need

CLEAN = b"time signal\n0.1 0.997071441888021\n" * 2000


@dataclass
class Bench:
    """A scanner, the same one when it is down, and something that it finds."""

    scanner: Scanner
    down: Scanner
    planted: bytes
    entity: str


def memory_bench() -> Bench:
    down = MemoryScanner()
    down.go_down()
    return Bench(MemoryScanner({b"EICAR": "Eicar-Test"}), down, b"EICAR", "Eicar-Test")


def clamav_bench(tmp_path: Path) -> Bench:
    clamd = need("clamd").clamd
    assert clamd
    return Bench(
        scanner=ClamavScanner(f"{clamd.host}:{clamd.port}", max_database_age_days=None),
        down=ClamavScanner(str(tmp_path / "no.sock"), max_database_age_days=None),
        planted=EICAR,
        entity="Freeloader.Test.EICAR.UNOFFICIAL",
    )


def presidio_bench() -> Bench:
    down = PersonalDataScanner(model="no_such_model")
    return Bench(shared_personal_scanner(), down, b"mail ada@example.org", "EMAIL_ADDRESS")


def make_bench(name: str, tmp_path: Path) -> Bench:
    if name == "clamav":
        return clamav_bench(tmp_path)
    return memory_bench() if name == "memory" else presidio_bench()


REAL = [pytest.param(name, marks=pytest.mark.live) for name in ("clamav", "presidio")]


@pytest.fixture(params=["memory", *REAL])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    bench = make_bench(request.param, tmp_path)
    yield bench
    if isinstance(bench.down, PersonalDataScanner):
        bench.down.close()


@pytest.fixture(params=["memory", REAL[1]])
def locating_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    """Scanners that say where: clamd does not, and stops at the first."""
    return make_bench(request.param, tmp_path)


def test_clean_file_is_looked_at_whole_and_nothing_is_found(bench: Bench) -> None:
    report = bench.scanner.scan(file_of(CLEAN))

    assert report.coverage is Coverage.COMPLETE
    assert (report.findings, report.reasons) == ((), ())
    assert report.scanned_bytes == report.size_bytes == len(CLEAN)


def test_report_names_the_scanner_and_its_version(bench: Bench) -> None:
    report = bench.scanner.scan(file_of(b"1,2,3\n"))

    assert report.scanner == bench.scanner.name
    assert report.versions


def test_what_is_planted_is_found(bench: Bench) -> None:
    report = bench.scanner.scan(file_of(CLEAN + bench.planted + b"\n" + CLEAN))

    assert [finding.entity for finding in report.findings] == [bench.entity]
    assert report.findings[0].count == 1
    assert report.findings[0].score > 0


def test_finding_tells_its_line(locating_bench: Bench) -> None:
    data = CLEAN + locating_bench.planted + b"\n" + CLEAN
    report = locating_bench.scanner.scan(file_of(data))

    line = CLEAN.count(b"\n") + 1
    assert report.findings[0].locations == ((("line", line),),)


def test_lines_are_capped_and_counting_goes_on(locating_bench: Bench) -> None:
    times = MAX_LOCATIONS + 5
    report = locating_bench.scanner.scan(file_of((locating_bench.planted + b"\n") * times))

    assert report.findings[0].count == times
    assert len(report.findings[0].locations) == MAX_LOCATIONS


def test_value_is_nowhere_in_the_report(bench: Bench) -> None:
    report = bench.scanner.scan(file_of(CLEAN + bench.planted + b"\n"))

    for word in bench.planted.decode().split():
        assert word not in repr(report)


def test_empty_file_is_clean(bench: Bench) -> None:
    report = bench.scanner.scan(file_of(b""))

    assert report.coverage is Coverage.COMPLETE
    assert (report.scanned_bytes, report.findings) == (0, ())


@pytest.mark.parametrize("chunk_bytes", [7, 2**22])
def test_chunks_of_any_size_give_the_same(bench: Bench, chunk_bytes: int) -> None:
    stream = Stream(CLEAN[:2_000] + bench.planted + b"\n", chunk_bytes=chunk_bytes)

    report = bench.scanner.scan(stream.as_file())

    assert [finding.entity for finding in report.findings] == [bench.entity]


def test_one_scanner_looks_at_many_files(bench: Bench) -> None:
    counts = [
        len(bench.scanner.scan(file_of(data)).findings)
        for data in (bench.planted, CLEAN, b"", bench.planted)
    ]

    assert counts == [1, 0, 0, 1]


def test_scanner_that_is_down_says_nothing_of_the_file(bench: Bench) -> None:
    with pytest.raises(ScanError) as caught:
        bench.down.scan(file_of(bench.planted))

    assert caught.value.transient


def test_error_of_the_stream_is_not_turned_into_a_verdict(bench: Bench) -> None:
    def break_off(number: int) -> None:
        if number == 3:
            raise ConnectionError("the store went away")

    stream = Stream(CLEAN)
    stream.before_chunk = break_off

    with pytest.raises(ConnectionError, match="went away"):
        bench.scanner.scan(stream.as_file())
    assert not bench.scanner.scan(file_of(CLEAN)).findings

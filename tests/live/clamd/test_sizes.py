"""What a real clamd says of files larger than its limits, and what becomes of that here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat

import pytest

from backends.base import Coverage, ScanError, ScanFile
from backends.clamav import MAX_OBJECT_BYTES, Clamd
from deploy.testbed.clamd import EICAR
from tests.backends.scan_bench import file_of
from tests.live.clamd.conftest import MIB, SMALL, said, scanner
from tests.live.clamd.packed import fresh, zipped

pytestmark = pytest.mark.live
SIGNATURE = "Freeloader.Test.EICAR.UNOFFICIAL"
FOUND = f"stream: {SIGNATURE} FOUND"
FILE_SIZE = "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND"
UNEVEN = SMALL | {"StreamMaxLength": "40M"}
BEYOND = {"first": EICAR + bytes(6 * MIB), "last": bytes(6 * MIB) + EICAR}


def zeros_and_eicar(zeros_bytes: int) -> Iterator[bytes]:
    """Of any size, made as it is sent."""
    yield from repeat(bytes(MIB), zeros_bytes // MIB)
    yield EICAR


def large_file(zeros_bytes: int) -> ScanFile:
    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield zeros_and_eicar(zeros_bytes)

    return ScanFile(1, "large.raw", zeros_bytes + len(EICAR), opened)


def test_stream_beyond_streammaxlength_waits_for_the_operator(small: str) -> None:
    assert said(small, BEYOND["last"]) == "INSTREAM size limit exceeded. ERROR"
    with pytest.raises(ScanError, match=r"StreamMaxLength in clamd\.conf") as caught:
        scanner(small, max_object_bytes=10 * MIB).scan(file_of(BEYOND["last"]))
    assert caught.value.transient


@pytest.mark.parametrize("end", BEYOND)
def test_clamd_that_says_ok_to_an_infected_file_beyond_its_limit_is_not_believed(
    clamd_with: Callable[..., str], end: str
) -> None:
    careless = clamd_with(**UNEVEN, AlertExceedsMax="no")

    assert said(careless, BEYOND[end]) == "stream: OK"
    with pytest.raises(ScanError, match="“AlertExceedsMax yes”") as caught:
        scanner(careless).scan(file_of(BEYOND[end]))
    assert caught.value.transient


@pytest.mark.parametrize("end", BEYOND)
def test_file_beyond_maxfilesize_alone_is_unscannable(
    clamd_with: Callable[..., str], end: str
) -> None:
    uneven = clamd_with(**UNEVEN)

    assert said(uneven, BEYOND[end]) == FILE_SIZE
    report = scanner(uneven, max_object_bytes=10 * MIB).scan(file_of(BEYOND[end]))
    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, ("LIMITS_EXCEEDED",))
    assert report.findings == ()


@pytest.mark.parametrize("end", BEYOND)
def test_virus_at_either_end_of_a_file_beyond_all_limits_is_found(small: str, end: str) -> None:
    report = scanner(small).scan(file_of(BEYOND[end]))

    assert [finding.entity for finding in report.findings] == [SIGNATURE]


def test_virus_across_the_edge_of_two_windows_is_found(small: str) -> None:
    data = bytes(4 * MIB - 30) + EICAR + bytes(MIB)

    report = scanner(small).scan(file_of(data))

    assert [finding.entity for finding in report.findings] == [SIGNATURE]


def test_file_beyond_all_limits_without_a_virus_is_partly_looked_at(small: str) -> None:
    report = scanner(small).scan(file_of(bytes(9 * MIB)))

    assert (report.coverage, report.reasons) == (Coverage.PARTIAL, ("WINDOWED",))
    assert (report.method, report.scanned_bytes) == ("windows", 9 * MIB)


def test_file_that_takes_clamd_too_long_is_unscannable(clamd_with: Callable[..., str]) -> None:
    hasty = clamd_with(**SMALL | {"MaxFiles": "10000", "MaxScanTime": "200"})

    report = scanner(hasty).scan(file_of(zipped(*(fresh(20) for _ in range(9000)))))

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, ("LIMITS_EXCEEDED",))


@pytest.mark.parametrize("alert", ["no", "yes"])
def test_no_setting_makes_clamd_look_at_more_than_two_gibibytes(
    clamd_with: Callable[..., str], alert: str
) -> None:
    """It resets larger limits; the whole of it in one object is OK, or MaxFileSize at best."""
    most = {"StreamMaxLength": "4000M", "MaxFileSize": "4000M", "MaxScanSize": "4000M"}
    clamd = Clamd(clamd_with(**most, AlertExceedsMax=alert), timeout_s=300)

    said = clamd.instream(zeros_and_eicar(2100 * MIB))

    assert said == (FILE_SIZE if alert == "yes" else "stream: OK")


def test_virus_at_the_end_of_more_than_two_gibibytes_is_found(testbeds: str) -> None:
    file = large_file(2100 * MIB)

    report = scanner(testbeds, max_object_bytes=MAX_OBJECT_BYTES).scan(file)

    assert [finding.entity for finding in report.findings] == [SIGNATURE]
    assert report.scanned_bytes == file.size_bytes

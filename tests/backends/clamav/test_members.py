"""Archives beyond clamd's limits, by an unpacker that gives the members that a test wants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from backends.base import Coverage, FindingReport, Place, ScanFile, Unpacked
from tests.backends.clamav.scanners import FOUND, windowed
from tests.backends.fake_clamd import FakeClamd
from tests.backends.scan_bench import file_of

RECURSION = "stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND"
FILE_SIZE = "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND"
SEALED = "stream: Heuristics.Encrypted.Zip FOUND"
OK = "stream: OK"


@dataclass
class Opened:
    """An archive that has these members, and why others did not come."""

    members: Sequence[bytes]
    reasons: Sequence[str] = ()
    times: int = 0

    def __iter__(self) -> Iterator[tuple[Place, Iterator[bytes]]]:
        for number, data in enumerate(self.members, start=1):
            yield (("member", number),), iter([data])

    def __call__(self, file: ScanFile) -> AbstractContextManager[Unpacked]:
        return self._opened()

    @contextmanager
    def _opened(self) -> Iterator[Unpacked]:
        self.times += 1
        yield self


def test_archive_that_clamd_takes_is_not_taken_apart() -> None:
    archive = Opened([b"one"])
    with FakeClamd() as clamd:
        report = windowed(clamd, archive).scan(file_of(b"x" * 40))

    assert (archive.times, report.method) == (0, "whole")


def test_archive_beyond_clamds_limit_is_complete_if_all_its_members_were_looked_at() -> None:
    with FakeClamd() as clamd:
        report = windowed(clamd, Opened([b"one", b"", b"three"])).scan(file_of(b"x" * 70))

    assert clamd.bodies == [b"x" * 40, b"x" * 40, b"one", b"", b"three"]
    assert (report.coverage, report.reasons, report.method) == (Coverage.COMPLETE, (), "members")
    assert report.scanned_bytes == 70


def test_archive_that_clamd_met_a_limit_in_is_complete_if_all_its_members_were_looked_at() -> None:
    with FakeClamd(RECURSION, OK) as clamd:
        report = windowed(clamd, Opened([b"one"])).scan(file_of(b"packed"))

    assert (report.coverage, report.reasons, report.method) == (Coverage.COMPLETE, (), "members")
    assert report.scanned_bytes == report.size_bytes == 6


def test_archive_whose_own_bytes_clamd_did_not_look_at_is_partial() -> None:
    with FakeClamd(FILE_SIZE, OK) as clamd:
        report = windowed(clamd, Opened([b"one"])).scan(file_of(b"packed"))

    assert (report.coverage, report.reasons) == (Coverage.PARTIAL, ("LIMITS_EXCEEDED",))


def test_virus_in_a_member_is_found_with_its_place_and_ends_the_scan() -> None:
    with FakeClamd(RECURSION, OK, FOUND) as clamd:
        report = windowed(clamd, Opened([b"one", b"bad", b"three"])).scan(file_of(b"packed"))

    place: Place = (("member", 2),)
    assert report.findings == (FindingReport("Win.Test.EICAR_HDB-1", 1, 1.0, (place,)),)
    assert clamd.bodies[-1] == b"bad"
    assert report.reasons == ("STOPPED_AT_FINDING",)


@pytest.mark.parametrize(
    ("members", "missed", "verdicts", "reasons"),
    [
        ([b"one"], ["ENCRYPTED"], [OK], ("ENCRYPTED",)),
        ([b"one"], ["ARCHIVE_TOO_DEEP", "DAMAGED"], [OK], ("ARCHIVE_TOO_DEEP", "DAMAGED")),
        ([b"one", b"two"], [], [OK, SEALED], ("ENCRYPTED",)),
        ([b"one", b"two"], [], [OK, RECURSION], ("LIMITS_EXCEEDED",)),
        ([b"o" * 50], [], [OK], ("WINDOWED",)),
    ],
)
def test_what_was_not_seen_of_the_members_is_told(
    members: list[bytes], missed: list[str], verdicts: list[str], reasons: tuple[str, ...]
) -> None:
    with FakeClamd(RECURSION, *verdicts) as clamd:
        report = windowed(clamd, Opened(members, missed)).scan(file_of(b"packed"))

    assert (report.coverage, report.reasons) == (Coverage.PARTIAL, reasons)
    assert report.findings == ()


def test_member_that_nobody_can_open_counts_for_its_share() -> None:
    with FakeClamd(RECURSION, OK, SEALED) as clamd:
        report = windowed(clamd, Opened([b"o" * 30, b"s" * 10])).scan(file_of(b"x" * 20))

    assert report.scanned_bytes == 15


@pytest.mark.parametrize("missed", [(), ("DAMAGED",)])
def test_file_that_is_no_archive_stays_what_clamd_said_of_it(missed: tuple[str, ...]) -> None:
    with FakeClamd(RECURSION) as clamd:
        report = windowed(clamd, Opened([], missed)).scan(file_of(b"x" * 20))

    assert (report.coverage, report.method) == (Coverage.SKIPPED, "whole")
    assert report.reasons == ("LIMITS_EXCEEDED", *missed)


def test_encrypted_archive_is_not_taken_apart() -> None:
    archive = Opened([b"one"])
    with FakeClamd(SEALED) as clamd:
        report = windowed(clamd, archive).scan(file_of(b"packed"))

    assert (archive.times, report.reasons) == (0, ("ENCRYPTED",))

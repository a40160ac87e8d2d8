"""clamd's answers, its silences and its limits, played by a socket in a thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from backends.base import Coverage, FindingReport, Place, ScanError, ScanFile, Unpack, Unpacked
from backends.clamav import CHUNK_BYTES, ClamavScanner
from tests.backends.fake_clamd import TELLS, FakeClamd
from tests.backends.scan_bench import Stream, file_of

FOUND = "stream: Win.Test.EICAR_HDB-1 FOUND"


def scanner_of(clamd: FakeClamd, *, timeout_s: float = 10) -> ClamavScanner:
    return ClamavScanner(clamd.address, timeout_s=timeout_s, max_database_age_days=None)


def windowed(clamd: FakeClamd, unpack: Unpack | None = None) -> ClamavScanner:
    return ClamavScanner(
        clamd.address,
        max_database_age_days=None,
        max_object_bytes=40,
        overlap_bytes=10,
        unpack=unpack,
    )


def test_ok_is_clean() -> None:
    with FakeClamd("stream: OK") as clamd:
        report = scanner_of(clamd).scan(file_of(b"hello" * 9))

    assert (report.coverage, report.findings) == (Coverage.COMPLETE, ())
    assert clamd.bodies == [b"hello" * 9]
    assert report.versions == {"clamav": "1.4.6", "signatures": "undated"}


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (FOUND, "Win.Test.EICAR_HDB-1"),
        ("stream: My.Own.UNOFFICIAL FOUND", "My.Own.UNOFFICIAL"),
        ("stream: Eicar-Signature(44d88612fea8a8f36de82e1278abb02f:68) FOUND", "Eicar-Signature"),
        ("stream: Heuristics.OLE2.ContainsMacros FOUND", "Heuristics.OLE2.ContainsMacros"),
    ],
)
def test_found_is_a_finding_with_the_signatures_name(reply: str, name: str) -> None:
    with FakeClamd(reply) as clamd:
        report = scanner_of(clamd).scan(file_of(b"bad"))

    assert report.findings == (FindingReport(name, 1, 1.0),)
    assert report.coverage is Coverage.COMPLETE


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND", "LIMITS_EXCEEDED"),
        ("stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND", "LIMITS_EXCEEDED"),
        ("stream: Heuristics.Encrypted.Zip FOUND", "ENCRYPTED"),
        ("stream: Heuristics.Encrypted.7Zip FOUND", "ENCRYPTED"),
    ],
)
def test_what_clamd_cannot_open_is_neither_clean_nor_infected(reply: str, reason: str) -> None:
    with FakeClamd(reply) as clamd:
        report = scanner_of(clamd).scan(file_of(b"packed"))

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, (reason,))
    assert (report.findings, report.scanned_bytes) == ((), 0)


@pytest.mark.parametrize(
    "reply",
    [
        "stream: Can't allocate memory ERROR",
        "UNKNOWN COMMAND",
        "stream: OK and more",
        "",
    ],
)
def test_whatever_is_no_verdict_is_an_error_to_try_again(reply: str) -> None:
    with FakeClamd(reply) as clamd, pytest.raises(ScanError) as caught:
        scanner_of(clamd).scan(file_of(b"hello"))

    assert caught.value.transient


def test_silence_is_an_error_to_try_again() -> None:
    with FakeClamd(None) as clamd, pytest.raises(ScanError, match="does not answer") as caught:
        scanner_of(clamd, timeout_s=0.1).scan(file_of(b"hello"))

    assert caught.value.transient


def test_refused_connection_is_an_error_to_try_again() -> None:
    with FakeClamd() as clamd:
        gone = scanner_of(clamd)

    with pytest.raises(ScanError, match="refused") as caught:
        gone.scan(file_of(b"hello"))
    assert caught.value.transient


def test_verdict_is_read_when_clamd_hangs_up_in_the_middle() -> None:
    stream = Stream(b"x" * 2**24, chunk_bytes=2**20)
    with FakeClamd(FOUND, hang_up_after=2**20) as clamd:
        report = scanner_of(clamd).scan(stream.as_file())

    assert report.findings
    assert report.reasons == ("STOPPED_AT_FINDING",)
    assert stream.read_bytes < 2**24


def test_ok_before_the_end_is_no_verdict() -> None:
    with FakeClamd("stream: OK", hang_up_after=2**20) as clamd, pytest.raises(ScanError) as caught:
        scanner_of(clamd).scan(Stream(b"x" * 2**24, chunk_bytes=2**20).as_file())

    assert caught.value.transient


def test_stream_that_ends_too_early_is_not_clean() -> None:
    with FakeClamd() as clamd, pytest.raises(ScanError, match="has 9 bytes, but 5 came") as caught:
        scanner_of(clamd).scan(Stream(b"hello").as_file(size_bytes=9))

    assert caught.value.transient


def test_large_chunks_are_sent_in_pieces_of_a_mebibyte() -> None:
    data = b"x" * (3 * CHUNK_BYTES + 1)
    with FakeClamd() as clamd:
        scanner_of(clamd).scan(Stream(data, chunk_bytes=len(data)).as_file())

    assert clamd.chunk_sizes == [CHUNK_BYTES] * 3 + [1]


def test_file_beyond_clamds_limit_goes_in_overlapping_windows() -> None:
    data = bytes(range(101))
    with FakeClamd() as clamd:
        report = windowed(clamd).scan(Stream(data, chunk_bytes=7).as_file())

    assert clamd.bodies == [data[0:40], data[30:70], data[60:100], data[90:101]]
    assert (report.coverage, report.reasons) == (Coverage.PARTIAL, ("WINDOWED",))
    assert report.scanned_bytes == report.size_bytes == 101


def test_file_of_just_clamds_limit_goes_whole() -> None:
    with FakeClamd() as clamd:
        report = windowed(clamd).scan(file_of(b"x" * 40))

    assert clamd.bodies == [b"x" * 40]
    assert report.coverage is Coverage.COMPLETE


def test_windows_end_at_the_first_finding() -> None:
    with FakeClamd("stream: OK", FOUND) as clamd:
        report = windowed(clamd).scan(file_of(b"x" * 1000))

    assert len(clamd.bodies) == 2
    assert report.findings
    assert report.reasons == ("WINDOWED", "STOPPED_AT_FINDING")
    assert report.scanned_bytes == 70


def test_window_that_clamd_cannot_open_does_not_count_as_scanned() -> None:
    limits = "stream: Heuristics.Limits.Exceeded.MaxFiles FOUND"
    with FakeClamd("stream: OK", limits, "stream: OK") as clamd:
        report = windowed(clamd).scan(file_of(b"x" * 101))

    assert report.reasons == ("WINDOWED", "LIMITS_EXCEEDED")
    assert report.scanned_bytes == 101 - 30


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        ("INSTREAM size limit exceeded. ERROR", "StreamMaxLength"),
        ("COMMAND READ TIMED OUT\n", "ReadTimeout"),
    ],
)
def test_what_a_line_of_clamd_conf_mends_is_told_with_its_name(reply: str, line: str) -> None:
    with FakeClamd(reply) as clamd, pytest.raises(ScanError) as caught:
        scanner_of(clamd).scan(file_of(b"hello"))

    assert caught.value.transient
    assert f"should set {line} in clamd.conf" in caught.value.message
    assert "\n" not in caught.value.message


def test_socket_in_the_file_system_is_told_from_host_and_port() -> None:
    missing = ClamavScanner("/nowhere/clamd.sock", max_database_age_days=None)

    with pytest.raises(ScanError, match=r"/nowhere/clamd\.sock does not answer"):
        missing.scan(file_of(b""))


# --- archives, member by member ---------------------------------------------------------------

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


# --- a clamd that is not to be believed -------------------------------------------------------


def test_scanner_without_signatures_of_known_age_looks_at_nothing() -> None:
    with FakeClamd() as clamd, pytest.raises(ScanError, match="freshclam"):
        ClamavScanner(clamd.address).scan(file_of(b"hello"))

    assert clamd.bodies == []


def test_scanner_with_fresh_signatures_looks_at_the_file() -> None:
    today = f"{datetime.now(UTC):%a %b %d %H:%M:%S %Y}"
    with FakeClamd(version=f"ClamAV 1.4.6/27300/{today}") as clamd:
        report = ClamavScanner(clamd.address).scan(file_of(b"hello"))

    assert report.coverage is Coverage.COMPLETE
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    assert report.versions == {"clamav": "1.4.6", "signatures": f"27300 of {day}"}


@pytest.mark.parametrize("silent", TELLS)
def test_clamd_that_says_ok_to_what_it_did_not_see_is_shown_no_file(silent: str) -> None:
    tells = [line for line in TELLS if line != silent]
    with FakeClamd(tells=tells) as clamd, pytest.raises(ScanError) as caught:
        scanner_of(clamd).scan(file_of(b"hello"))

    assert clamd.bodies == []
    assert caught.value.transient
    assert f"set “{silent} yes” in clamd.conf" in caught.value.message


def test_clamd_is_tried_once_for_many_files() -> None:
    with FakeClamd() as clamd:
        scanner = scanner_of(clamd)
        for _ in range(3):
            scanner.scan(file_of(b"hello"))

    assert clamd.probed == len(TELLS)


def test_clamd_that_was_exchanged_is_tried_again() -> None:
    with FakeClamd() as clamd:
        scanner = scanner_of(clamd)
        scanner.scan(file_of(b"hello"))
        clamd.version, clamd.tells = "ClamAV 1.5.0", ()
        with pytest.raises(ScanError, match="AlertExceedsMax yes"):
            scanner.scan(file_of(b"hello"))

    assert clamd.bodies == [b"hello"]

"""clamd's answers, its silences and its limits, played by a socket in a thread."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backends.base import Coverage, FindingReport, ScanError
from backends.clamav import CHUNK_BYTES, ClamavScanner
from tests.backends.clamav.scanners import FOUND, scanner_of, windowed
from tests.backends.fake_clamd import TELLS, FakeClamd
from tests.backends.scan_bench import Stream, file_of


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


# --- a clamd that is not to be believed -------------------------------------------------------


def test_scanner_without_signatures_of_known_age_looks_at_nothing() -> None:
    with FakeClamd() as clamd, pytest.raises(ScanError, match="freshclam"):
        ClamavScanner(clamd.address).scan(file_of(b"hello"))

    assert clamd.bodies == []


def test_scanner_with_fresh_signatures_looks_at_the_file() -> None:
    now = datetime.now(UTC)
    with FakeClamd(version=f"ClamAV 1.4.6/27300/{now:%a %b %d %H:%M:%S %Y}") as clamd:
        report = ClamavScanner(clamd.address).scan(file_of(b"hello"))

    assert report.coverage is Coverage.COMPLETE
    assert report.versions == {"clamav": "1.4.6", "signatures": f"27300 of {now:%Y-%m-%d}"}


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

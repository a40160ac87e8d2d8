"""Personal data, found by the real Presidio in its child process; and what may befall the child."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.base import Coverage, ScanError
from scanning.personal import PersonalDataScanner
from tests.backends.scan_bench import Stream, file_of, shared_personal_scanner

PLANTED = {
    "EMAIL_ADDRESS": "write to ada.lovelace@example.org",
    "US_SSN": "536-90-4399",
    "CREDIT_CARD": "4111 1111 1111 1111",
    "PERSON": "Patient name: Ada Lovelace",
    "PHONE_NUMBER": "Phone: 212-555-0198",
}
_SOURCE = random.Random(7)  # noqa: S311
NUMERIC_CSV = "trial,reaction_time,accuracy\n" + "".join(
    f"{n},{_SOURCE.random()},{_SOURCE.random():.16f}\n" for n in range(60)
)
FASTQ = "".join(
    f"@SRR001666.{n} 071112_SLXA-EAS1_s_7:5:1:817:345 length=36\n"
    f"{''.join(_SOURCE.choices('ACGT', k=36))}\n+\nIIIIIIIIIIIIIIIIIIIIIIIIIIIIII9IG9IC\n"
    for n in range(100)
)
SIDECAR = """{
  "TaskName": "rest",
  "SamplingFrequency": 2400,
  "Manufacturer": "Siemens",
  "ManufacturersModelName": "Prisma Fit",
  "SoftwareVersions": "syngo MR E11",
  "RepetitionTime": 2.0,
  "SliceTiming": [0.0, 1.0025, 0.0675],
  "PowerLineFrequency": 50
}
"""


needs_model = pytest.mark.live  # the real model takes seconds to load


@pytest.fixture
def scanner() -> PersonalDataScanner:
    return shared_personal_scanner()


@pytest.fixture
def own_scanner() -> Iterator[PersonalDataScanner]:
    """A scanner whose child a test may end; as long as no model is needed it starts at once."""
    scanner = PersonalDataScanner(stall_s=30)
    yield scanner
    scanner.close()


@needs_model
@pytest.mark.parametrize("entity", PLANTED)
def test_planted_personal_data_is_found_and_located(
    scanner: PersonalDataScanner, entity: str
) -> None:
    text = NUMERIC_CSV + PLANTED[entity] + "\n" + NUMERIC_CSV

    report = scanner.scan(file_of(text.encode()))

    assert [finding.entity for finding in report.findings] == [entity]
    assert report.findings[0].locations == ((("line", 62),),)
    assert report.coverage is Coverage.COMPLETE


@needs_model
def test_no_value_is_in_the_report_of_all_of_them(scanner: PersonalDataScanner) -> None:
    report = scanner.scan(file_of("\n".join(PLANTED.values()).encode()))

    assert {finding.entity for finding in report.findings} == set(PLANTED)
    for value in ("ada", "lovelace", "536-90", "4399", "4111", "555"):
        assert value not in repr(report).lower()


@needs_model
@pytest.mark.parametrize("text", [NUMERIC_CSV, FASTQ, SIDECAR], ids=["numbers", "fastq", "sidecar"])
def test_clean_scientific_text_gives_no_finding(scanner: PersonalDataScanner, text: str) -> None:
    report = scanner.scan(file_of(text.encode()))

    assert (report.coverage, report.findings) == (Coverage.COMPLETE, ())


def test_binary_file_is_skipped_and_not_sent_to_its_end(own_scanner: PersonalDataScanner) -> None:
    stream = Stream(b"\x89PNG\0\0" * 2**20, chunk_bytes=2**16)

    report = own_scanner.scan(stream.as_file())

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, ("UNSUPPORTED_FORMAT",))
    assert (report.scanned_bytes, report.size_bytes) == (0, len(stream.data))
    assert stream.read_bytes < len(stream.data)


def test_child_is_kept_between_files(own_scanner: PersonalDataScanner) -> None:
    own_scanner.scan(file_of(b"1,2,3\n"))
    pid = own_scanner.child_pid
    own_scanner.scan(file_of(b"4,5,6\n"))

    assert own_scanner.child_pid == pid is not None


def test_file_that_crashes_the_child_is_skipped_and_the_next_is_read(
    own_scanner: PersonalDataScanner,
) -> None:
    stream = Stream(b"1,2,3\n" * 2**18)
    stream.before_chunk = signal_child(own_scanner, signal.SIGSEGV)

    crashed = own_scanner.scan(stream.as_file())

    assert (crashed.coverage, crashed.reasons) == (Coverage.SKIPPED, ("CRASHED",))
    assert own_scanner.scan(file_of(b"1,2,3\n")).coverage is Coverage.COMPLETE


def test_child_that_used_up_its_cpu_time_is_said_to_have_timed_out(
    own_scanner: PersonalDataScanner,
) -> None:
    stream = Stream(b"1,2,3\n" * 2**18)
    stream.before_chunk = signal_child(own_scanner, signal.SIGXCPU)

    assert own_scanner.scan(stream.as_file()).reasons == ("TIMED_OUT",)


def test_child_that_hangs_is_killed_at_the_deadline() -> None:
    scanner = PersonalDataScanner(stall_s=0.5)
    stream = Stream(b"1,2,3\n" * 2**18)
    stream.before_chunk = signal_child(scanner, signal.SIGSTOP)

    report = scanner.scan(stream.as_file())
    child = scanner.child_pid
    scanner.close()

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, ("TIMED_OUT",))
    assert child is None


def signal_child(scanner: PersonalDataScanner, number: int) -> Callable[[int], None]:
    """Send the scanner's child a signal before the third chunk."""

    def before_chunk(chunk_number: int) -> None:
        if chunk_number == 2 and scanner.child_pid:
            os.kill(scanner.child_pid, number)

    return before_chunk


def test_stream_that_ends_too_early_is_no_report(own_scanner: PersonalDataScanner) -> None:
    with pytest.raises(ScanError, match="has 9 bytes, but 5 came") as caught:
        own_scanner.scan(Stream(b"1,2,3").as_file(size_bytes=9))

    assert caught.value.transient


def test_missing_model_is_named_to_the_operator() -> None:
    scanner = PersonalDataScanner(model="no_such_model")

    with pytest.raises(ScanError, match="no_such_model") as caught:
        scanner.scan(file_of(b"mail ada@example.org"))
    assert caught.value.transient
    assert "ada@" not in caught.value.message


def test_close_ends_the_child(own_scanner: PersonalDataScanner) -> None:
    own_scanner.scan(file_of(b"1,2,3\n"))
    pid = own_scanner.child_pid
    own_scanner.close()

    assert own_scanner.child_pid is None
    assert not Path(f"/proc/{pid}").exists()


def test_child_gets_no_secret_of_its_parent(
    own_scanner: PersonalDataScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREELOADER_STORE_KEY", "hush")
    own_scanner.scan(file_of(b"1,2,3\n"))

    assert b"hush" not in Path(f"/proc/{own_scanner.child_pid}/environ").read_bytes()


def test_child_is_limited_in_memory_and_time(own_scanner: PersonalDataScanner) -> None:
    own_scanner.scan(file_of(b"1,2,3\n"))
    limits = Path(f"/proc/{own_scanner.child_pid}/limits").read_text()

    for name in ("Max cpu time", "Max address space", "Max core file size"):
        (line,) = [line for line in limits.splitlines() if line.startswith(name)]
        assert "unlimited" not in line.removeprefix(name).split()[0]

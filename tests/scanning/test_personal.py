"""Personal data, found by the real Presidio in its child process; and what may befall the child."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.base import Coverage, ScanError
from deploy.testbed.site import until
from scanning.evidence import STRONG
from scanning.personal import PersonalDataScanner
from scanning.processes import STALL_S
from tests.backends.scan_bench import Stream, child_of, file_of, shared_personal_scanner

pytestmark = pytest.mark.live

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
    scanner = PersonalDataScanner()
    yield scanner
    scanner.close()


@needs_model
def test_names_in_a_table_are_told_from_cities(scanner: PersonalDataScanner) -> None:
    people = ("Ada Lovelace", "Grace Hopper", "Alan Turing", "Marie Curie", "Rosalind Franklin")
    cities = ("Berlin", "New York", "Los Angeles", "Paris", "Hong Kong")
    rows = [f"{n},{people[n % 5]},{cities[n % 5]},{n / 7}\n" for n in range(100)]

    report = scanner.scan(file_of(f"n,who,where,x\n{''.join(rows)}".encode()))

    [found] = report.findings
    assert (found.entity, found.count) == ("PERSON", 100)
    assert found.locations[0] == (("column", 2), ("row", 2))


@needs_model
@pytest.mark.parametrize("entity", PLANTED)
def test_planted_personal_data_is_found_and_located(
    scanner: PersonalDataScanner, entity: str
) -> None:
    text = NUMERIC_CSV + PLANTED[entity] + "\n" + NUMERIC_CSV

    report = scanner.scan(file_of(text.encode()))

    assert [finding.entity for finding in report.findings] == [entity]
    assert report.findings[0].locations == ((("row", 62),),)
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

    deciding = [finding for finding in report.findings if finding.score >= STRONG]
    assert (report.coverage, deciding) == (Coverage.COMPLETE, [])


def test_binary_file_is_skipped_and_not_sent_to_its_end(own_scanner: PersonalDataScanner) -> None:
    stream = Stream(b"\x89PNG\0\0" * 2**20, chunk_bytes=2**16)

    report = own_scanner.scan(stream.as_file())

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, ("UNSUPPORTED_FORMAT",))
    assert (report.scanned_bytes, report.size_bytes) == (0, len(stream.data))
    assert stream.read_bytes < len(stream.data)


def test_each_file_is_read_by_a_process_of_its_own(own_scanner: PersonalDataScanner) -> None:
    def reading_process() -> int:
        stream, children = Stream(b"1,2,3\n" * 2**18), set[int]()
        stream.before_chunk = lambda number: children.add(child_of(own_scanner) if number else 0)
        own_scanner.scan(stream.as_file())
        (child,) = children - {0}
        return child

    first, zygote = reading_process(), own_scanner.zygote_pid
    assert zygote != first != reading_process()
    assert own_scanner.zygote_pid == zygote is not None


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGSEGV, "CRASHED"),
        (signal.SIGXCPU, "TIMED_OUT"),
        (signal.SIGKILL, "OUT_OF_MEMORY"),  # as the kernel does it
    ],
)
def test_file_that_ends_its_process_is_skipped_and_the_next_is_read(
    own_scanner: PersonalDataScanner, number: int, reason: str
) -> None:
    stream = Stream(b"1,2,3\n" * 2**18)
    stream.before_chunk = signal_child(own_scanner, number)

    ended = own_scanner.scan(stream.as_file())
    zygote = own_scanner.zygote_pid

    assert (ended.coverage, ended.reasons) == (Coverage.SKIPPED, (reason,))
    assert own_scanner.scan(file_of(b"1,2,3\n")).coverage is Coverage.COMPLETE
    assert own_scanner.zygote_pid == zygote


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_file_under_way_is_read_to_its_end_when_the_service_stops(
    own_scanner: PersonalDataScanner, number: int
) -> None:
    def stop_all(chunk_number: int) -> None:
        if chunk_number == 2 and own_scanner.zygote_pid:
            os.kill(child_of(own_scanner), number)
            os.kill(own_scanner.zygote_pid, number)

    stream = Stream(b"1,2,3\n" * 2**18)
    stream.before_chunk = stop_all

    assert own_scanner.scan(stream.as_file()).coverage is Coverage.COMPLETE
    assert own_scanner.scan(file_of(b"1,2,3\n")).coverage is Coverage.COMPLETE


def test_child_that_hangs_is_ended_at_the_deadline() -> None:
    scanner = PersonalDataScanner(stall_s=0.5)
    stream, children = Stream(b"1,2,3\n" * 2**18), list[int]()
    stream.before_chunk = signal_child(scanner, signal.SIGSTOP, noted=children)

    report = scanner.scan(stream.as_file())

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, ("TIMED_OUT",))
    until(lambda: not Path(f"/proc/{children[0]}").exists(), what="its end")
    assert scanner._zygote
    scanner._zygote._stall_s = STALL_S  # what is well may take its time
    assert scanner.scan(file_of(b"1,2,3\n")).coverage is Coverage.COMPLETE
    scanner.close()


def signal_child(
    scanner: PersonalDataScanner, number: int, *, noted: list[int] | None = None
) -> Callable[[int], None]:
    """Send the child that reads the file a signal before the third chunk."""

    def before_chunk(chunk_number: int) -> None:
        if chunk_number == 2:
            child = child_of(scanner)
            os.kill(child, number)
            (noted if noted is not None else []).append(child)

    return before_chunk


def test_zygote_that_was_killed_is_started_again(own_scanner: PersonalDataScanner) -> None:
    own_scanner.scan(file_of(b"1,2,3\n"))
    killed = own_scanner.zygote_pid
    assert killed
    os.kill(killed, signal.SIGKILL)

    own_scanner.scan(file_of(b"1,2,3\n"))  # it may be the last that the old one is asked
    report = own_scanner.scan(file_of(b"1,2,3\n"))

    assert report.coverage is Coverage.COMPLETE
    assert own_scanner.zygote_pid != killed


def test_scanner_that_does_not_start_blames_no_file() -> None:
    scanner = PersonalDataScanner(memory_bytes=2**20)

    with pytest.raises(ScanError, match="does not start: the operator") as caught:
        scanner.scan(file_of(b"1,2,3\n"))

    scanner.close()
    assert caught.value.transient


def test_child_ends_with_its_zygote(own_scanner: PersonalDataScanner) -> None:
    children = list[int]()

    def kill_zygote(number: int) -> None:
        if number == 2 and own_scanner.zygote_pid:
            children.append(child_of(own_scanner))
            os.kill(own_scanner.zygote_pid, signal.SIGKILL)

    stream = Stream(b"1,2,3\n" * 2**20)
    stream.before_chunk = kill_zygote

    assert own_scanner.scan(stream.as_file()).reasons == ("CRASHED",)
    assert stream.read_bytes < len(stream.data)


@needs_model
def test_model_is_loaded_for_all_files_that_follow_the_first_that_needs_it(
    own_scanner: PersonalDataScanner,
) -> None:
    def resident_mb() -> int:
        status = Path(f"/proc/{own_scanner.zygote_pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024

    own_scanner.scan(file_of(b"1,2,3\n"))
    before = resident_mb()
    own_scanner.scan(file_of(b"write to ada@example.org\n"))
    own_scanner.scan(file_of(b"1,2,3\n"))  # answered when the zygote has loaded

    assert before < 100 < resident_mb()


def test_library_for_dicom_is_imported_for_all_files_that_follow(
    own_scanner: PersonalDataScanner,
) -> None:
    def has_numpy() -> bool:  # pydicom itself has nothing that is mapped
        return "numpy" in Path(f"/proc/{own_scanner.zygote_pid}/maps").read_text()

    dicom = bytes(128) + b"DICM"
    own_scanner.scan(file_of(b"1,2,3\n"))
    before = has_numpy()
    own_scanner.scan(file_of(dicom))
    own_scanner.scan(file_of(b"1,2,3\n"))  # answered when the zygote has imported it

    assert (before, has_numpy()) == (False, True)


def test_stream_that_ends_too_early_is_no_report(own_scanner: PersonalDataScanner) -> None:
    with pytest.raises(ScanError, match="has 9 bytes, but 5 came") as caught:
        own_scanner.scan(Stream(b"1,2,3").as_file(size_bytes=9))

    assert caught.value.transient


def test_missing_model_is_named_to_the_operator() -> None:
    scanner = PersonalDataScanner(model="no_such_model")

    with pytest.raises(ScanError, match="no_such_model") as caught:
        scanner.scan(file_of(b"mail ada@example.org"))
    scanner.close()
    assert caught.value.transient
    assert "ada@" not in caught.value.message


def test_close_ends_the_child(own_scanner: PersonalDataScanner) -> None:
    own_scanner.scan(file_of(b"1,2,3\n"))
    pid = own_scanner.zygote_pid
    own_scanner.close()

    assert own_scanner.zygote_pid is None
    assert not Path(f"/proc/{pid}").exists()


def test_processes_get_no_secret_of_their_parent(
    own_scanner: PersonalDataScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREELOADER_STORE_KEY", "hush")
    own_scanner.scan(file_of(b"1,2,3\n"))

    assert b"hush" not in Path(f"/proc/{own_scanner.zygote_pid}/environ").read_bytes()


def test_child_is_limited_in_memory_time_and_files(own_scanner: PersonalDataScanner) -> None:
    stream, seen = Stream(b"1,2,3\n" * 2**19), list[str]()

    def look(number: int) -> None:
        if number == 500:  # beyond what the pipe holds: it has begun to read
            seen.append(Path(f"/proc/{child_of(own_scanner)}/limits").read_text())

    stream.before_chunk = look
    own_scanner.scan(stream.as_file())

    for name in ("Max cpu time", "Max address space", "Max core file size", "Max file size"):
        (line,) = [line for line in seen[0].splitlines() if line.startswith(name)]
        assert "unlimited" not in line.removeprefix(name).split()[0]


def test_child_has_its_two_pipes_and_no_other_file_open(own_scanner: PersonalDataScanner) -> None:
    stream, seen = Stream(b"1,2,3\n" * 2**19), list[str]()

    def look(number: int) -> None:
        if number == 500:  # beyond what the pipe holds: it has begun to read
            folder = Path(f"/proc/{child_of(own_scanner)}/fd")
            seen.extend(str(fd.readlink()) for fd in folder.iterdir())

    stream.before_chunk = look
    own_scanner.scan(stream.as_file())

    assert sorted(name.split(":")[0] for name in seen) == ["/dev/null", "/dev/null", "pipe", "pipe"]


@needs_model
def test_address_is_found_where_there_is_no_network_at_all(
    own_scanner: PersonalDataScanner,
) -> None:
    """Presidio would fetch the list of public suffixes at its first address; ours is built in."""
    stream, interfaces = Stream(b"0.5,1.5\n" * 2**18 + b"ada@example.co.uk\n"), list[str]()

    def look(number: int) -> None:
        if number == 500:
            interfaces.append(Path(f"/proc/{child_of(own_scanner)}/net/dev").read_text())

    stream.before_chunk = look
    report = own_scanner.scan(stream.as_file())

    assert [line.split(":")[0].strip() for line in interfaces[0].splitlines()[2:]] == ["lo"]
    assert [finding.entity for finding in report.findings] == ["EMAIL_ADDRESS"]

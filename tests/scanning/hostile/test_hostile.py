"""Hostile files, each read by the real confined process: a right verdict, and the next is well."""

from __future__ import annotations

import dataclasses
import resource
from collections.abc import Callable, Iterator

import pytest

from backends.base import Coverage, ScanReport
from scanning.personal import PersonalDataScanner
from scanning.reasons import Gap, gaps_of
from tests.backends.scan_bench import Stream, shared_personal_scanner
from tests.scanning.hostile import others, packed
from tests.scanning.readers import pdf_files
from tests.scanning.readers.archives.packing import zip_of
from tests.scanning.readers.office_files import docx, paragraph

pytestmark = pytest.mark.live  # the model is asked about most of them
EMAIL = {"EMAIL_ADDRESS"}
LITTLE_MEMORY_BYTES = 250 * 2**20

# Read to its end, whatever it did; (what makes it, the entities found in it)
COMPLETE: list[tuple[Callable[[], bytes], set[str]]] = [
    (others.utf_16_with_a_mark, EMAIL),
    (others.utf_16_without_a_mark, EMAIL),
    (others.utf_32_with_a_mark, EMAIL),
    (others.one_line_of_100_mb, EMAIL),
    (others.one_word_of_100_mb, EMAIL),
    (others.dots_before_an_at_sign, EMAIL),
    (others.dotted_oids, EMAIL),
    (others.long_runs_of_digits, EMAIL),
    (others.many_telephone_numbers_that_are_none, EMAIL),
    (others.csv_of_100_000_columns, EMAIL),
    (others.json_100_000_deep, EMAIL),
    (others.xml_of_a_billion_laughs, EMAIL),
    (others.invalid_utf_8, EMAIL),
    (others.nothing, set()),
    (others.pdf_bomb, set()),  # PDFium unpacks no more of it than it wants
    (others.pdf_with_a_zip_behind_it, EMAIL),  # both of them are read
    (packed.docx_of_a_million_tags, EMAIL),
    (packed.xlsx_with_a_cell_at_the_end_of_the_world, EMAIL),
    (packed.xlsx_with_a_text_that_is_not_there, set()),
    (packed.tar_with_a_link_to_a_secret, EMAIL),  # links are not followed
]
# Not read to its end: (what makes it, a reason that must be told, the entities found)
INCOMPLETE: list[tuple[Callable[[], bytes], str, set[str]]] = [
    (packed.zip_bomb, "ARCHIVE_RATIO", set()),
    (packed.gzip_bomb, "ARCHIVE_RATIO", set()),
    (packed.bzip2_bomb, "ARCHIVE_RATIO", set()),
    (packed.xz_bomb, "ARCHIVE_RATIO", set()),
    (packed.tar_gz_bomb, "ARCHIVE_RATIO", set()),
    (packed.docx_bomb, "ARCHIVE_RATIO", set()),
    (packed.xlsx_bomb, "ARCHIVE_RATIO", set()),
    (packed.zip_of_zip_bombs, "ARCHIVE_RATIO", set()),
    (packed.zip_that_lies_about_sizes, "ARCHIVE_RATIO", set()),
    (packed.overlapping_zip, "DAMAGED", set()),
    (packed.nested_zip, "ARCHIVE_TOO_DEEP", set()),
    (packed.nested_gzip, "ARCHIVE_TOO_DEEP", set()),
    (packed.zip_of_110_000_members, "ARCHIVE_TOO_MANY_MEMBERS", set()),
    (packed.truncated_zip, "DAMAGED", EMAIL),
    (packed.truncated_gzip, "DAMAGED", EMAIL),
    (packed.truncated_docx, "DAMAGED", set()),
    (packed.tar_with_a_member_of_8_eib, "DAMAGED", set()),
    (packed.docx_a_hundred_thousand_deep, "DAMAGED", set()),
    (packed.billion_laughs, "DAMAGED", set()),
    (packed.external_entity, "DAMAGED", set()),
    (packed.zip_behind_other_bytes, "UNSUPPORTED_FORMAT", set()),
    (packed.zip_with_a_letter_behind_it, "DAMAGED", set()),
    (packed.zip_with_a_letter_between_its_members, "DAMAGED", set()),
    (packed.gzip_with_a_letter_behind_it, "DAMAGED", set()),
    (packed.tar_with_a_letter_behind_it, "DAMAGED", set()),
    (packed.docx_with_a_letter_behind_it, "DAMAGED", set()),
    (packed.encrypted_zip, "ENCRYPTED", set()),
    (pdf_files.encrypted, "ENCRYPTED", set()),
    (packed.encrypted_docx, "ENCRYPTED", set()),
    (others.utf_32_without_a_mark, "UNSUPPORTED_FORMAT", set()),
    (others.text_with_nuls_behind_its_head, "BINARY_PARTS", EMAIL),
    (others.text_with_nuls_between, "UNSUPPORTED_FORMAT", set()),
    (others.png_of_a_million_times_a_million, "PICTURES_NOT_READ", set()),
    (others.png_with_a_text_bomb, "TOO_LARGE", set()),
    (others.truncated_jpeg, "DAMAGED", set()),
    (others.tiff_that_goes_round, "DAMAGED", set()),
    (others.truncated_pdf, "DAMAGED", set()),
    (others.pdf_that_goes_round, "DAMAGED", set()),
    (others.zip_with_a_pdf_before_it, "DAMAGED", set()),
    (others.dicom_with_an_element_of_4_gb, "DAMAGED", set()),
    (others.truncated_dicom, "DAMAGED", set()),
    (others.nifti_with_an_extension_of_2_gb, "DAMAGED", set()),
]


@pytest.fixture(scope="module")
def scanner() -> PersonalDataScanner:
    """One for all of these files: it has to outlive them."""
    scanner = shared_personal_scanner()
    scan(scanner, b"write to ada@example.org\n")  # starts it, if it is the first
    return scanner


@pytest.fixture(autouse=True)
def _next_file_is_well(scanner: PersonalDataScanner) -> Iterator[None]:
    zygote = scanner.zygote_pid
    yield
    report = scan(scanner, b"1,2,3\nwrite to ada@example.org\n")
    assert (report.coverage, entities(report)) == (Coverage.COMPLETE, EMAIL)
    assert scanner.zygote_pid == zygote


def scan(scanner: PersonalDataScanner, data: bytes, name: str = "a.txt") -> ScanReport:
    stream = Stream(data, chunk_bytes=2**20)
    return scanner.scan(dataclasses.replace(stream.as_file(), name=name))


def entities(report: ScanReport) -> set[str]:
    return {finding.entity for finding in report.findings}


@pytest.mark.parametrize(
    ("make", "found"), [pytest.param(*case, id=case[0].__name__) for case in COMPLETE]
)
def test_whole_of_it_is_read(
    scanner: PersonalDataScanner, make: Callable[[], bytes], found: set[str]
) -> None:
    report = scan(scanner, data := make())

    assert (report.coverage, report.reasons) == (Coverage.COMPLETE, ())
    assert report.scanned_bytes == len(data)
    assert entities(report) == found


@pytest.mark.parametrize(
    ("make", "reason", "found"), [pytest.param(*case, id=case[0].__name__) for case in INCOMPLETE]
)
def test_what_was_not_read_of_it_is_told(
    scanner: PersonalDataScanner, make: Callable[[], bytes], reason: str, found: set[str]
) -> None:
    report = scan(scanner, make())

    assert report.coverage is not Coverage.COMPLETE
    assert reason in report.reasons
    assert not {"CRASHED", "TIMED_OUT", "OUT_OF_MEMORY"}.intersection(report.reasons)
    assert entities(report) == found


@pytest.mark.parametrize(
    ("name", "data", "method"),
    [
        ("picture.jpg", b"write to ada@example.org\n", "text"),
        ("table.csv", zip_of(), "zip"),
        ("scan.dcm", pdf_files.pdf([f"/Contents {pdf_files.FIRST} 0 R"], [others.ADA]), "pdf"),
        ("report.pdf", docx(paragraph("write to ada@example.org")), "office"),
    ],
)
def test_wrong_extension_hides_nothing(
    scanner: PersonalDataScanner, name: str, data: bytes, method: str
) -> None:
    report = scan(scanner, data, name)

    assert (report.coverage, report.method) == (Coverage.COMPLETE, method)
    assert entities(report) == EMAIL


# --- files that end the process that reads them ----------------------------------------------


@pytest.fixture
def narrow_scanner() -> Iterator[PersonalDataScanner]:
    """With so little memory that a large file is too much for it."""
    scanner = PersonalDataScanner(memory_bytes=LITTLE_MEMORY_BYTES)
    yield scanner
    scanner.close()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(others.pdf_bomb, "CRASHED", id="PDFium ends without memory"),
        pytest.param(others.pdf_of_240_mb, "OUT_OF_MEMORY", id="Python says so"),
    ],
)
def test_file_that_kills_its_child_is_skipped_and_the_zygote_lives(
    narrow_scanner: PersonalDataScanner, make: Callable[[], bytes], reason: str
) -> None:
    plain = b"1,2,3\n"
    scan(narrow_scanner, plain)
    zygote = narrow_scanner.zygote_pid

    report = scan(narrow_scanner, make())

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, (reason,))
    assert gaps_of(report.coverage, report.reasons) == {Gap.UNSCANNABLE}
    assert scan(narrow_scanner, plain).coverage is Coverage.COMPLETE
    assert narrow_scanner.zygote_pid == zygote


def test_memory_of_the_parent_does_not_grow_with_a_file(scanner: PersonalDataScanner) -> None:
    chunk = b"0.12345678," * 95_325  # 1 MiB

    class Long(Stream):
        def _chunks(self) -> Iterator[bytes]:
            for _ in range(200):
                yield chunk

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = scanner.scan(Long(b"").as_file(size_bytes=200 * len(chunk)))

    assert report.coverage is Coverage.COMPLETE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024

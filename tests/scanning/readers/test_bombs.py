"""Documents made to take memory: what comes of them, and what they take."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest

from backends.base import Coverage
from scanning.limits import Budget, Limits
from scanning.personal import PersonalDataScanner
from tests.backends.scan_bench import file_of
from tests.scanning.readers.looking import examine
from tests.scanning.readers.office_files import docx, opendocument, paragraph
from tests.scanning.readers.pdf_files import lines, pdf, stream
from tests.scanning.readers.test_dicom import dicom
from tests.scanning.readers.test_images import exif, picture
from tests.scanning.readers.test_nifti import nifti_1

MAIL = "ada@example.org"


def peak_mb(data: bytes) -> float:
    """What examining it takes at most, beside the data, in MB; the libraries are loaded."""
    examine(docx(paragraph("first")))
    tracemalloc.start()
    examination = examine(data, Limits(ratio=10**6))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert examination.coverage is Coverage.COMPLETE
    return peak / 1e6


@pytest.mark.live  # a second
def test_memory_does_not_grow_with_what_a_document_unpacks_to() -> None:
    small, large = (docx(paragraph("nothing but words") * count) for count in (5_000, 30_000))

    assert peak_mb(large) < peak_mb(small) + 2


@pytest.mark.parametrize(
    "data",
    [
        docx(paragraph(MAIL)),
        docx("", {"word/comments.xml": f'<x title="{MAIL}"/>'}),
        opendocument("presentation", f"<page><p>{MAIL}</p></page>"),
        pdf(["/Contents 4 0 R"], [lines(MAIL)]),
        picture("JPEG", exif=exif(Artist=MAIL)),
        dicom(PatientComments=MAIL),
        nifti_1(descrip=MAIL.encode()),
    ],
)
def test_what_the_budget_does_not_allow_is_told_by_every_reader(data: bytes) -> None:
    examination = examine(data, budget=Budget(seconds=0))

    assert examination.findings == ()
    assert "TIMED_OUT" in examination.reasons
    assert examination.coverage is not Coverage.COMPLETE


@pytest.mark.live  # seconds of a processor: kept out of the quick suite
def test_page_that_unpacks_to_a_gigabyte_ends_its_own_process_only() -> None:
    packer, zeros = zlib.compressobj(1), bytes(2**20)
    packed = b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()
    page = stream(zlib.compress(packed), "/Filter [/FlateDecode /FlateDecode]")
    scanner = PersonalDataScanner()
    try:
        report = scanner.scan(file_of(pdf(["/Contents 4 0 R"], [page])))
        after = scanner.scan(file_of(pdf(["/Contents 4 0 R"], [lines("0.5")])))
    finally:
        scanner.close()

    assert report.coverage is Coverage.SKIPPED
    assert report.reasons in [("CRASHED",), ("OUT_OF_MEMORY",)]
    assert after.coverage is Coverage.COMPLETE

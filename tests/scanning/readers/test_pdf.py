"""PDF: pages, what is written on and behind them, and what cannot be read."""

from __future__ import annotations

import pytest

from backends.base import Coverage
from tests.scanning.readers.archives.packing import zip_of
from tests.scanning.readers.looking import examine, places
from tests.scanning.readers.pdf_files import encrypted, lines, pdf, stream

MAIL = "ada@example.org"
PIXEL = stream(
    b"\0",
    "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
)
WITH_PIXEL = "/Resources << /XObject << /I 5 0 R >> /Font << /F 3 0 R >> >>"


def test_text_is_found_by_page_and_line() -> None:
    data = pdf(["/Contents 4 0 R", "/Contents 5 0 R"], [lines("one"), lines("two", MAIL)])

    examination = examine(data)

    assert places(examination) == {"EMAIL_ADDRESS": [(("page", 2), ("line", 2))]}
    assert (examination.coverage, examination.method) == (Coverage.COMPLETE, "pdf")


@pytest.mark.parametrize("key", ["Author", "Title", "Subject", "Keywords"])
def test_properties_are_read(key: str) -> None:
    info = f"<< /{key} (for {MAIL}) >>".encode()

    data = pdf(["/Contents 4 0 R"], [lines("x"), info], trailer="/Info 5 0 R")

    expected = [(("part", "properties"), ("tag", key))]
    assert places(examine(data)) == {"EMAIL_ADDRESS": expected}


def test_author_is_read_as_a_name() -> None:
    info = b"<< /Author (Ada Lovelace) >>"

    data = pdf(["/Contents 4 0 R"], [lines("x"), info], trailer="/Info 5 0 R")

    assert "PERSON" in places(examine(data))


def test_program_that_made_the_file_is_no_author() -> None:
    info = b"<< /Creator (Lovelace Writer 7) >>"
    data = pdf(["/Contents 4 0 R"], [lines("x"), info], trailer="/Info 5 0 R")

    assert places(examine(data)) == {}


def test_xmp_is_read() -> None:
    packet = f"<x:xmpmeta xmlns:x='x'><dc:rights xmlns:dc='d'>{MAIL}</dc:rights></x:xmpmeta>"
    metadata = stream(packet.encode(), "/Type /Metadata /Subtype /XML")
    data = pdf(["/Contents 4 0 R"], [lines("x"), metadata], catalog="/Metadata 5 0 R")

    expected = [(("part", "properties"), ("tag", "XMP"))]
    assert places(examine(data)) == {"EMAIL_ADDRESS": expected}


@pytest.mark.parametrize(
    ("annotation", "entity"),
    [
        (f"/Subtype /Text /Contents (ask {MAIL})", "EMAIL_ADDRESS"),
        ("/Subtype /Text /T (Ada Lovelace) /Contents (why?)", "PERSON"),
        (f"/Subtype /Link /A << /S /URI /URI (mailto:{MAIL}) >>", "EMAIL_ADDRESS"),
        (f"/Subtype /Widget /FT /Tx /T (field) /V ({MAIL})", "EMAIL_ADDRESS"),
    ],
)
def test_notes_links_and_forms_are_read(annotation: str, entity: str) -> None:
    note = f"<< /Type /Annot /Rect [0 0 9 9] {annotation} >>".encode()
    form = "/AcroForm << /Fields [5 0 R] >>" if "/Widget" in annotation else ""

    data = pdf(["/Contents 4 0 R /Annots [5 0 R]"], [lines("x"), note], catalog=form)

    assert places(examine(data)) == {entity: [(("page", 1), ("part", "form"))]}


def test_attachment_is_read_as_what_it_is() -> None:
    file = stream(f"id\n{MAIL}\n".encode(), "/Type /EmbeddedFile")
    spec = b"<< /Type /Filespec /F (list.csv) /EF << /F 5 0 R >> >>"
    names = "/Names << /EmbeddedFiles << /Names [(list.csv) 6 0 R] >> >>"

    examination = examine(pdf(["/Contents 4 0 R"], [lines("x"), file, spec], catalog=names))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 1), ("line", 2))]}


def test_page_that_is_only_a_picture_counts_as_unread() -> None:
    scan = stream(b"q 600 0 0 700 0 0 cm /I Do Q")
    pages = ["/Contents 4 0 R " + WITH_PIXEL, "/Contents 6 0 R"]

    examination = examine(pdf(pages, [scan, PIXEL, lines("text")]))

    assert examination.reasons == ("PICTURES_NOT_READ",)
    assert examination.coverage is Coverage.PARTIAL
    assert 0.4 < examination.scanned_bytes / len(pdf(pages, [scan, PIXEL, lines("text")])) < 0.6


def test_file_of_nothing_but_scans_is_skipped() -> None:
    scan = stream(b"q 600 0 0 700 0 0 cm /I Do Q")

    examination = examine(pdf(["/Contents 4 0 R " + WITH_PIXEL], [scan, PIXEL]))

    assert (examination.coverage, examination.scanned_bytes) == (Coverage.SKIPPED, 0)


def test_picture_beside_text_is_told_of() -> None:
    mixed = stream(b"BT /F 12 Tf 72 720 Td (text) Tj ET q 9 0 0 9 0 0 cm /I Do Q")

    examination = examine(pdf(["/Contents 4 0 R " + WITH_PIXEL], [mixed, PIXEL]))

    assert (examination.coverage, examination.reasons) == (
        Coverage.PARTIAL,
        ("PICTURES_NOT_READ",),
    )


def test_encrypted_file_is_told_from_a_damaged_one() -> None:
    examination = examine(encrypted())

    assert (examination.coverage, examination.reasons) == (Coverage.SKIPPED, ("ENCRYPTED",))


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(range(256)) * 50, pdf([])[:60]]
)
def test_what_is_no_pdf_is_damaged(data: bytes) -> None:
    assert examine(data).reasons == ("DAMAGED",)


def test_file_without_its_end_is_read_as_far_as_it_goes() -> None:
    whole = pdf(["/Contents 4 0 R"], [lines(MAIL)])

    examination = examine(whole[: whole.index(b"xref")])

    assert "EMAIL_ADDRESS" in places(examination) or "DAMAGED" in examination.reasons


def test_archive_behind_the_end_is_read_as_a_member() -> None:
    examination = examine(pdf(["/Contents 4 0 R"], [lines("hello")]) + zip_of())

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 1), ("member", 2), ("line", 2))]}
    assert examination.coverage is Coverage.COMPLETE


@pytest.mark.parametrize("end", [b"\r\n", b"\0" * 1000])
def test_blanks_behind_the_end_are_nothing(end: bytes) -> None:
    examination = examine(pdf(["/Contents 4 0 R"], [lines("hello")]) + end)

    assert examination.coverage is Coverage.COMPLETE

"""PDF: what no page shows, and what is told of that cannot be read."""

from __future__ import annotations

import zlib

import pytest

from scanning.readers.pdf_objects import MAX_UNPACKED_BYTES
from tests.scanning.readers.looking import examine, places
from tests.scanning.readers.pdf_files import FIRST, lines, pdf, stream

MAIL = b"(write to ada@example.org)"
PAGE = f"/Contents {FIRST} 0 R"
HELLO = lines("hello")
SECOND, THIRD = FIRST + 1, FIRST + 2
NOTE = f"/Annots [{SECOND} 0 R]"


def attachment() -> list[bytes]:
    return [
        HELLO,
        b"<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS << /EF << /F %d 0 R >>"
        b" >> >>" % THIRD,
        stream(b"write to ada@example.org", "/Type /EmbeddedFile"),
    ]


@pytest.mark.parametrize(
    ("page", "second", "catalog"),
    [
        ("", b"<< /Title %b >>" % MAIL, f"/Outlines {SECOND} 0 R"),
        ("", b"<< /S /JavaScript /JS %b >>" % MAIL, f"/OpenAction {SECOND} 0 R"),
        ("", b"<< /K << /S /Figure /Alt %b >> >>" % MAIL, f"/StructTreeRoot {SECOND} 0 R"),
        ("", b"<< /FT /Tx /T (f) /V %b >>" % MAIL, f"/AcroForm << /Fields [{SECOND} 0 R] >>"),
        (NOTE, b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /NM %b >>" % MAIL, ""),
        ("", MAIL, ""),  # of no use to anybody
        ("", b"<" + MAIL[1:-1].hex().encode() + b">", ""),
        (
            "",
            rb"(write to ada\100exam\
ple.org)",
            "",
        ),
        ("", b"(" + b"\xfe\xff" + MAIL[1:-1].decode().encode("utf-16-be") + b")", ""),
        ("", b"<< >> % write to ada@example.org", ""),
        ("", stream(zlib.compress(MAIL), "/Type /ObjStm /N 0 /First 0 /Filter /FlateDecode"), ""),
    ],
)
def test_string_that_no_page_shows_is_read(page: str, second: bytes, catalog: str) -> None:
    data = pdf([f"{PAGE} {page}"], [HELLO, second], catalog=catalog)

    assert places(examine(data)) == {"EMAIL_ADDRESS": [(("part", "other"),)]}


def test_packed_xmp_is_read() -> None:
    xmp = b"<x:xmpmeta><a>ada@example.org</a></x:xmpmeta>"
    packed = stream(zlib.compress(xmp), "/Type /Metadata /Filter /FlateDecode")

    assert "EMAIL_ADDRESS" in places(examine(pdf([PAGE], [HELLO, packed])))


def test_object_stream_that_unpacks_to_too_much_is_told_of() -> None:
    bomb = zlib.compress(bytes(MAX_UNPACKED_BYTES + 1))
    data = pdf([PAGE], [HELLO, stream(bomb, "/Type /ObjStm /Filter /FlateDecode")])

    assert examine(data).reasons == ("BINARY_PARTS",)


def test_file_that_hangs_on_a_note_is_told_of() -> None:
    assert examine(pdf([f"{PAGE} {NOTE}"], attachment())).reasons == ("MEMBERS_UNSUPPORTED",)


def test_older_state_of_a_file_is_told_of() -> None:
    data = pdf([PAGE], [lines("write to ada@example.org")])
    table = b"xref\n4 1\n%010d 00000 n \n" % len(data)
    update = b"4 0 obj\n%b\nendobj\n" % HELLO
    at = data.rindex(b"xref\n0")
    end = b"trailer\n<< /Size 6 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"

    examination = examine(data + update + table + end % (at, len(data + update)))

    assert examination.reasons == ("OLDER_STATES",)


def test_page_of_lines_alone_may_be_writing() -> None:
    data = pdf([PAGE], [stream(b"0 0 m 100 100 l S")])

    assert examine(data).reasons == ("PICTURES_NOT_READ",)


def test_brackets_without_end_take_no_age() -> None:
    assert examine(pdf([PAGE], [HELLO, b"(\\a(a" * 500_000])).findings == ()

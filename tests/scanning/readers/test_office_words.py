"""Office files: words where no page and no cell shows them, and words in pieces."""

from __future__ import annotations

import struct

import pytest

from backends.base import Coverage
from tests.scanning.readers.looking import examine, places
from tests.scanning.readers.office_files import docx, opendocument, paragraph, xlsx

MAIL = "ada@example.org"
LETTER = f"write to {MAIL}"
HELLO = paragraph("hello")
TEXT = "<c t='inlineStr'><is><t>x</t></is></c>"


def run(within: str) -> bytes:
    return docx(f"<w:p><w:r>{within}</w:r></w:p>")


def sheet(around: str) -> bytes:
    return xlsx({"a": f"<row>{TEXT}</row></sheetData>{around}<sheetData>"})


def cell(attributes: str, within: str = "") -> bytes:
    row = f"<table:table-row><table:table-cell {attributes}>{within}</table:table-cell>"
    return opendocument("spreadsheet", f"<table:table>{row}</table:table-row></table:table>")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(run('<w:t>ada</w:t><w:sym w:char="0040"/><w:t>example.org</w:t>'), id="sym"),
        pytest.param(
            run("<w:t>a</w:t><w:softHyphen/><w:t>da@example.org</w:t>"), id="a soft hyphen"
        ),
        pytest.param(
            run("<w:instrText>mailto:ada</w:instrText><w:instrText>@example.org</w:instrText>"),
            id="a field in pieces",
        ),
        pytest.param(run(f"<!-- {LETTER} -->"), id="a comment of XML"),
        pytest.param(run(f"<?note {LETTER}?>"), id="a processing instruction"),
        pytest.param(run("<w:t>ada<!-- -->@example.org</w:t>"), id="around a comment"),
        pytest.param(docx(f'<w:p><w:bookmarkStart w:name="{MAIL}"/></w:p>'), id="a bookmark"),
        pytest.param(docx(f'<w:p><w:tag w:val="{MAIL}"/></w:p>'), id="a control"),
        pytest.param(docx(f'<w:p xmlns:x="mailto:{MAIL}"/>'), id="a namespace"),
        pytest.param(docx(HELLO, {"customXml/a.xml": f'<a b="{MAIL}"/>'}), id="custom XML"),
        pytest.param(docx(HELLO, {f"word/{LETTER}.xml": "<a/>"}), id="a part's name"),
        pytest.param(docx(HELLO, {"word/fonts/a.odttf": b"\0\1" + LETTER.encode()}), id="a font"),
        pytest.param(
            docx(HELLO, {"docProps/thumbnail.emf": b"\1\0" * 99 + LETTER.encode("utf-16-le")}),
            id="a preview",
        ),
        pytest.param(sheet(f'<dataValidation prompt="{LETTER}"/>'), id="a prompt"),
        pytest.param(sheet(f'<scenario comment="{LETTER}"/>'), id="a scenario"),
        pytest.param(cell(f'table:formula="of:=&quot;{MAIL}&quot;"'), id="a formula"),
        pytest.param(
            cell("", f'<text:p><text:a href="mailto:{MAIL}">x</text:a></text:p>'), id="a link"
        ),
        pytest.param(
            xlsx({"a": f"<row><c><v>1<!-- {LETTER} --></v></c></row>"}), id="a cell's comment"
        ),
    ],
)
def test_words_that_are_not_shown_are_read(data: bytes) -> None:
    examination = examine(data)

    assert "EMAIL_ADDRESS" in places(examination)
    assert examination.coverage is Coverage.COMPLETE


def test_cell_is_whole_around_a_comment() -> None:
    data = xlsx({"a": "<row><c t='str'><v>ada<!-- x -->@example.org</v></c></row>"})

    assert places(examine(data)) == {"EMAIL_ADDRESS": [(("sheet", 1), ("row", 1))]}


def test_extra_field_before_a_part_is_read() -> None:
    """In the local header alone: the directory has none, and its offsets are made good."""
    field = b"XX" + struct.pack("<H", len(LETTER)) + LETTER.encode()
    data = bytearray(docx(HELLO))
    name_bytes = int.from_bytes(data[26:28], "little")
    data[28:30] = struct.pack("<H", len(field))
    data[30 + name_bytes : 30 + name_bytes] = field
    at = data.find(b"PK\1\2")
    directory = at
    while data[at : at + 4] == b"PK\1\2":
        offset = int.from_bytes(data[at + 42 : at + 46], "little")
        data[at + 42 : at + 46] = struct.pack("<L", offset + len(field) if offset else 0)
        at += 46 + sum(struct.unpack_from("<HHH", data, at + 28))
    data[at + 16 : at + 20] = struct.pack("<L", directory)

    assert places(examine(bytes(data))) == {"EMAIL_ADDRESS": [(("part", "names"),)]}

"""Spreadsheets: sheets in their order, rows and cells, also those that nobody shows."""

from __future__ import annotations

import pytest

from backends.base import Coverage
from scanning.readers.office.workbook import column_number
from tests.scanning.readers.looking import examine, places
from tests.scanning.readers.office_files import opendocument, relations, xlsx

MAIL = "ada@example.org"


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def number(place: str, value: float, style: int = 0) -> str:
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def shared(place: str, index: int) -> str:
    return f'<c r="{place}" t="s"><v>{index}</v></c>'


def test_sheets_are_numbered_by_the_workbook_and_rows_by_themselves() -> None:
    rows = row(1, text("A1", "id")) + row(7, number("A7", 3), text("C7", MAIL))

    examination = examine(xlsx({"first": row(1, number("A1", 1)), "second": rows}))

    [place] = places(examination)["EMAIL_ADDRESS"]
    assert place[:2] == (("sheet", 2), ("row", 7))
    assert (examination.coverage, examination.method) == (Coverage.COMPLETE, "office")


def test_hidden_sheet_is_read() -> None:
    examination = examine(xlsx({"hidden": row(1, text("A1", MAIL)), "shown": ""}))

    assert places(examination)["EMAIL_ADDRESS"][0][0] == ("sheet", 1)


def test_shared_texts_are_found_in_the_cells_that_show_them() -> None:
    strings = (
        f"<sst><si><t>id</t></si><si><r><t>{MAIL[:5]}</t></r><r><t>{MAIL[5:]}</t></r></si></sst>"
    )
    sheets = {"one": row(2, shared("A2", 0), shared("B2", 1)) + row(3, shared("A3", 1))}

    examination = examine(xlsx(sheets, {"xl/sharedStrings.xml": strings}))

    rows = [place[1] for place in places(examination)["EMAIL_ADDRESS"]]
    assert rows == [("row", 2), ("row", 3)]
    assert examination.findings[0].count == 2


def test_shared_text_that_no_cell_shows_is_found_too() -> None:
    strings = f"<sst><si><t>{MAIL}</t></si></sst>"

    examination = examine(xlsx({"one": ""}, {"xl/sharedStrings.xml": strings}))

    assert places(examination) == {"EMAIL_ADDRESS": [(("part", "other"),)]}


def test_comments_belong_to_their_sheet() -> None:
    authors = "<authors><author>Ada Lovelace</author></authors>"
    comments = f"<comments>{authors}<comment>{MAIL}</comment></comments>"
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(c="../comments1.xml"),
        "xl/comments1.xml": comments,
    }

    found = places(examine(xlsx({"first": "", "second": ""}, parts)))

    for entity in ("EMAIL_ADDRESS", "PERSON"):
        assert found[entity][0][:2] == (("sheet", 2), ("part", "comments"))


def test_text_in_a_formula_and_a_header_is_read() -> None:
    formula = f'<c r="A1"><f>HYPERLINK("mailto:{MAIL}")</f><v>write</v></c>'.replace(
        '"m', "&quot;m"
    )
    header = "<headerFooter><oddHeader>Grace Hopper</oddHeader></headerFooter>"
    sheet = f"{row(1, formula)}</sheetData>{header}<sheetData>"

    found = places(examine(xlsx({"one": sheet})))

    assert found["EMAIL_ADDRESS"][0][:2] == (("sheet", 1), ("row", 1))
    assert found["PERSON"] == [(("sheet", 1), ("part", "around"))]


def test_pivot_table_remembers_what_was_deleted() -> None:
    cache = f'<pivotCacheDefinition><s v="{MAIL}"/></pivotCacheDefinition>'

    examination = examine(xlsx({"one": ""}, {"xl/pivotCache/pivotCacheDefinition1.xml": cache}))

    assert places(examination) == {"EMAIL_ADDRESS": [(("part", "other"),)]}


def test_names_of_sheets_are_read() -> None:
    assert "PERSON" in places(examine(xlsx({"Author Grace Hopper": ""})))


def test_opendocument_tables_are_read_by_sheets_and_rows() -> None:
    empty = '<table:table-row table:number-rows-repeated="4"><table:table-cell/></table:table-row>'
    blanks = '<table:table-cell table:number-columns-repeated="2"/>'
    cell = f"<table:table-cell><text:p>{MAIL}</text:p></table:table-cell>"
    row = f"<table:table-row>{blanks}{cell}</table:table-row>"
    table = f"<table:table>{empty}{row}</table:table>"

    examination = examine(opendocument("spreadsheet", "<table:table/>" + table))

    [place] = places(examination)["EMAIL_ADDRESS"]
    assert place[:2] == (("sheet", 2), ("row", 5))
    assert examination.coverage is Coverage.COMPLETE


def test_opendocument_comment_on_a_cell_is_read_apart() -> None:
    note = f"<o:annotation><text:p>{MAIL}</text:p></o:annotation>"
    cell = f"<table:table-cell>{note}<text:p>5</text:p></table:table-cell>"
    table = f"<table:table><table:table-row>{cell}</table:table-row></table:table>"

    found = places(examine(opendocument("spreadsheet", table)))

    assert found == {"EMAIL_ADDRESS": [(("part", "around"),)]}


# Without a cell, so that nobody reads them; but they count.
MILLION_ROWS = row(1) + row(1_048_576)
WIDE_ROW = row(1, number("XFD1", 1))


@pytest.mark.parametrize(
    "rows",
    [
        row(2_000_000_000, text("A1", MAIL)),
        row(1, text("ZZZ1", MAIL)),
        MILLION_ROWS * 48,
        MILLION_ROWS * 47 + WIDE_ROW * 50,
    ],
    ids=["a row", "a column", "rows between others", "both between others"],
)
def test_cells_that_are_far_away_on_purpose_end_the_reading_of_a_sheet(rows: str) -> None:
    examination = examine(xlsx({"one": rows}))

    assert "TOO_LARGE" in examination.reasons
    assert examination.coverage is not Coverage.COMPLETE


def test_nearly_as_many_cells_as_a_document_may_have_are_read() -> None:
    examination = examine(xlsx({"one": MILLION_ROWS * 47}))

    assert (examination.coverage, examination.reasons) == (Coverage.COMPLETE, ())


@pytest.mark.parametrize(("letters", "column"), [("A", 1), ("Z", 26), ("AA", 27), ("XFD", 16_384)])
def test_columns_are_counted_as_their_letters_say(letters: str, column: int) -> None:
    assert column_number(letters) == column

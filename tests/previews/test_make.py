"""What previews are made of honest files; made here in the test's own process."""

from __future__ import annotations

import csv
import io
import json

import pytest
from PIL import Image

from previews.forms import Form
from previews.kinds import Kind, Preview, Unshowable
from previews.make import make
from tests.previews import samples


def table_of(data: bytes, form: Form = Form.DELIMITED, *, is_cut: bool = False) -> Preview:
    preview = make(form, data, is_cut=is_cut)
    assert preview.kind is Kind.TABLE
    return preview


def rows_of(preview: Preview) -> list[list[str]]:
    content = json.loads(preview.data)
    return [*filter(None, [content["header"]]), *content["rows"]]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "TIFF"])
def test_a_picture_is_made_anew_and_not_larger_than_shown(form: str) -> None:
    preview = make(Form.PICTURE, samples.picture(form, (1500, 30)), is_cut=False)

    with Image.open(io.BytesIO(preview.data)) as image:
        assert (image.format, image.size) == ("WEBP", (1200, 24))
    assert (preview.kind, preview.facts) == (Kind.PICTURE, {"width": 1200, "height": 24})


def test_a_dim_picture_of_16_bits_is_stretched_to_what_an_eye_sees() -> None:
    picture = Image.new("I;16", (2, 1))
    picture.putpixel((1, 0), 700)
    whole = io.BytesIO()
    picture.save(whole, "TIFF")

    preview = make(Form.PICTURE, whole.getvalue(), is_cut=False)

    with Image.open(io.BytesIO(preview.data)) as image:
        shades = list(image.convert("L").tobytes())
    assert shades[0] < 60 < 200 < shades[1]  # of two pixels WebP keeps no more


def test_nothing_of_a_picture_but_its_pixels_is_kept() -> None:
    whole = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "Olga's camera"
    Image.new("RGB", (4, 4)).save(whole, "JPEG", exif=exif, icc_profile=b"a profile")

    preview = make(Form.PICTURE, whole.getvalue(), is_cut=False)

    with Image.open(io.BytesIO(preview.data)) as image:
        assert not image.getexif()
        assert "icc_profile" not in image.info


@pytest.mark.parametrize(
    "data", [samples.png_bomb(), samples.picture("PNG", (900, 900))[:50], b"\xff\xd8\xff"]
)
def test_a_bomb_or_a_damaged_picture_is_not_shown(data: bytes) -> None:
    with pytest.raises(Unshowable):
        make(Form.PICTURE, data, is_cut=False)


def test_of_a_pdf_the_first_page_is_shown_and_all_are_counted() -> None:
    preview = make(Form.PDF, samples.pdf(pages=3), is_cut=False)

    assert (preview.kind, preview.facts) == (
        Kind.PDF,
        {"width": 900, "height": 600, "pages": 3},
    )
    with pytest.raises(Unshowable):
        make(Form.PDF, b"%PDF-1.7 and nothing", is_cut=False)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("größe;wert\n1,5;2,5\n", [["größe", "wert"], ["1,5", "2,5"]]),
        ("a\tb\n1,2\t2;3\n", [["a", "b"], ["1,2", "2;3"]]),
        ('"x, y"|"z\n2"\n1|2\n', [["x, y", "z\n2"], ["1", "2"]]),
        ("=HYPERLINK(1),<b>\n1,2\n", [["=HYPERLINK(1)", "<b>"], ["1", "2"]]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_is_read_whatever_parts_and_encodes_it(
    text: str, rows: list[list[str]], encoding: str
) -> None:
    assert rows_of(table_of(text.encode(encoding))) == rows


def test_a_large_table_is_cut_and_says_so() -> None:
    rows = "".join(",".join([f"{n}", "x" * 500] * 20) + "\n" for n in range(50))

    preview = table_of(rows.encode())

    assert preview.facts == {"rows": 50, "columns": 40, "cut": 1}
    shown = rows_of(preview)
    assert (len(shown), len(shown[0]), len(shown[0][1])) == (30, 20, 200)
    assert "rows" not in table_of(rows.encode(), is_cut=True).facts


def test_a_cell_of_any_length_is_shown_and_other_readers_keep_their_limit() -> None:
    before = csv.field_size_limit()

    preview = table_of(f'1,"{"x" * 2 * before}"\n2,y\n'.encode())

    assert preview.facts["rows"] == 2
    assert csv.field_size_limit() == before


def test_the_names_above_a_table_are_no_row() -> None:
    assert table_of(b"a,b\n1,2\n").facts == {"rows": 1, "columns": 2, "cut": 0}
    assert table_of(b"5,6\n1,2\n").facts == {"rows": 2, "columns": 2, "cut": 0}


def test_what_nothing_parts_is_shown_as_text() -> None:
    preview = make(Form.DELIMITED, b"one\ntwo\n", is_cut=False)

    assert (preview.kind, preview.data) == (Kind.TEXT, b"one\ntwo\n")


def test_the_first_sheet_is_shown_with_formulas_as_they_are_written() -> None:
    book = samples.workbook([["a", "b"], [0.1 + 0.2, '=HYPERLINK("https://far.example")']], 3)

    preview = table_of(book, Form.WORKBOOK)

    assert rows_of(preview) == [["a", "b"], ["0.3", '=HYPERLINK("https://far.example")']]
    assert preview.facts == {"rows": 1, "columns": 2, "sheets": 3, "cut": 0}
    with pytest.raises(Unshowable):
        make(Form.WORKBOOK, book[:200], is_cut=False)


def test_of_a_text_the_first_lines_are_shown() -> None:
    many = make(Form.TEXT, b"line\r\n" * 300, is_cut=False)
    wide = make(Form.TEXT, b"x" * 60_000, is_cut=True)
    broken = make(Form.TEXT, "Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}".encode()[:-1], is_cut=True)

    assert (many.data, many.facts) == (b"\n".join([b"line"] * 200), {"cut": 1})
    assert (len(wide.data), wide.facts) == (20_000, {"cut": 1})
    assert broken.data == b"Gr"
    assert make(Form.TEXT, b"all\n", is_cut=False).facts == {"cut": 0}


def test_html_goes_on_as_it_is_if_it_is_text() -> None:
    page = "<p>Grüße <script>alert(1)</script>"

    assert make(Form.HTML, page.encode("utf-16"), is_cut=False).data == page.encode()
    with pytest.raises(Unshowable):
        make(Form.HTML, page.encode("latin-1"), is_cut=False)


def test_frames_in_html_are_no_frames_any_more() -> None:
    page = b'<IFRAME src="https://far.example"></iframe ><frameset><p title="a frame">'

    preview = make(Form.HTML, page, is_cut=False)

    assert preview.data == (
        b'<x-IFRAME src="https://far.example"></x-iframe ><x-frameset><p title="a frame">'
    )


def test_html_cannot_say_that_its_links_tell_where_they_were_followed_from() -> None:
    page = (
        b'<META name="refe&#114;rer" content="unsafe-url"><meta/name=referrer><metadata>'
        b'<a href="https://far.example" referrerPolicy="unsafe-url">'
    )

    preview = make(Form.HTML, page, is_cut=False)

    assert preview.data == (
        b'<link name="refe&#114;rer" content="unsafe-url"><link/name=referrer><metadata>'
        b'<a href="https://far.example" x-policy="unsafe-url">'
    )

"""Small files of each form, made by the libraries that make them everywhere."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

from openpyxl import Workbook
from PIL import Image


def plot(form: str, title: str = "Signal") -> bytes:
    """What matplotlib saves."""
    from matplotlib.figure import Figure  # a second of the quick suite's time

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.plot([0, 1, 2, 3, 4], [0.1, 0.9, 0.5, 2.0, 1.2], marker="o")
    axes.set(title=title, xlabel="time [s]", ylabel="mV")
    whole = io.BytesIO()
    figure.savefig(whole, format=form, dpi=200)
    return whole.getvalue()


def picture(form: str, size: tuple[int, int] = (8, 4), mode: str = "RGB") -> bytes:
    """A picture of one colour, as Pillow saves it."""
    whole = io.BytesIO()
    Image.new(mode, size).save(whole, form)
    return whole.getvalue()


def workbook(rows: Sequence[Sequence[object]], sheets: int = 1) -> bytes:
    """An Excel file, the rows in its first sheet."""
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    for _ in range(sheets - 1):
        book.create_sheet()
    whole = io.BytesIO()
    book.save(whole)
    return whole.getvalue()


def pdf(*, actions: bytes = b"", pages: int = 1) -> bytes:
    """A PDF of empty pages; `actions` go into its catalogue."""
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % actions,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>"] * pages,
    ]
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return body + table + trailer % (len(objects) + 1, len(body))


def png_bomb() -> bytes:
    """A picture of 3,600 megapixels in some kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">L", zlib.crc32(kind + data))
        return struct.pack(">L", len(data)) + kind + data + crc

    head = struct.pack(">LLBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def workbook_bomb() -> bytes:
    """An Excel file whose first cell unpacks to two gigabytes."""
    sheet = "xl/worksheets/sheet1.xml"
    whole = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["a text"]]))) as book,
        zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb,
    ):
        for name in book.namelist():
            if name != sheet:
                bomb.writestr(name, book.read(name))
        before, after = book.read(sheet).split(b"a text")
        with bomb.open(sheet, "w", force_zip64=True) as file:
            file.write(before)
            for _ in range(2**11):
                file.write(b"a" * 2**20)
            file.write(after)
    return whole.getvalue()

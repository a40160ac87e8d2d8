"""Forms of files that something can be planted in."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from deploy.accuracy.corpus import CleanFile

MIN_ROWS = 5
_TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\
<Default Extension="rels" \
ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Override PartName="/word/document.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
_RELS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">\
<Relationship Id="rId1" Type=\
"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" \
Target="word/document.xml"/></Relationships>"""
_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">\
<w:body>{}</w:body></w:document>"""
_PARAGRAPH = '<w:p><w:r><w:t xml:space="preserve">{}</w:t></w:r></w:p>'


@dataclass(frozen=True)
class Table:
    """A delimited table with a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str

    def with_column(self, name: str, cells: Sequence[str]) -> bytes:
        """The table with one more column."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\n")
        writer.writerow((*self.header, name))
        writer.writerows((*row, cell) for row, cell in zip(self.rows, cells, strict=True))
        return text.getvalue().encode()


def table_of(host: CleanFile) -> Table | None:
    """The table in a file, or None if it has none of rows that are as long as their header."""
    if host.kind not in ("table", "bids tsv"):
        return None
    text = host.content.decode(errors="replace")
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    header, *rows = list(csv.reader(io.StringIO(text), delimiter=delimiter)) or [[]]
    if len(header) < 2 or len(rows) < MIN_ROWS or any(len(row) != len(header) for row in rows):
        return None
    return Table(tuple(header), tuple(map(tuple, rows)), delimiter)


def docx(text: str) -> bytes:
    """The text as a document of a word processor, each line a paragraph."""
    printable = "".join(c for c in text if c.isprintable() or c in "\t\n")
    paragraphs = "".join(_PARAGRAPH.format(escape(line)) for line in printable.splitlines())
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS,
        "word/document.xml": _DOCUMENT.format(paragraphs),
    }
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)  # of 1980: the same bytes every time
    return whole.getvalue()

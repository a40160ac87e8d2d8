"""Text with a delimiter: known by its first lines, cut into blocks of whole rows, parsed."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanning.plain import unescaped

BLOCK_CHARS = 32_000  # of rows that are looked at together
MAX_ROW_CHARS = 2**20  # a longer one is taken to pieces, and read as text
_DELIMITERS = ",;\t|:"
_SNIFFED_ROWS = 50
_MIN_SHARE = 0.9  # of them must have the same number of fields
_MIN_WIDTHS = {":": 4}  # times of day and "key: value" are no tables
_NO_TABLES = ("{", "[", "<", "%", "//")  # JSON, XML, TeX, code

Row = tuple[int, Sequence[str]]
"""A row's number and its cells."""


@dataclass(frozen=True)
class Dialect:
    """How a table is written."""

    delimiter: str
    width: int  # fields in most of its rows


def dialect_of(head: str) -> Dialect | None:
    """The dialect of the table whose text begins with `head`, or None if that is no table."""
    if head.lstrip().startswith(_NO_TABLES):
        return None
    lines = unified(head)
    whole = lines[: lines.rfind("\n") + 1] if "\n" in lines else lines
    seen = [_tried(whole, delimiter) for delimiter in _DELIMITERS if delimiter in whole]
    best = max(seen, default=(0.0, 0, ""))
    return Dialect(best[2], best[1]) if best[0] >= _MIN_SHARE else None


def unified(text: str) -> str:
    """The text with line ends that it knows of: those of old Macs become ours."""
    return text if "\n" in text else text.replace("\r", "\n")


def _tried(text: str, delimiter: str) -> tuple[float, int, str]:
    """How consistent the rows are with this delimiter, and how many fields they have."""
    widths: Counter[int] = Counter()
    try:
        for _, row in parsed(text, delimiter):
            if row and not row[0].startswith("#"):
                widths[len(row)] += 1
            if widths.total() >= _SNIFFED_ROWS:
                break
    except csv.Error:
        return (0.0, 0, delimiter)
    width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    # Two lines of prose may well have a comma each.
    enough = width >= _MIN_WIDTHS.get(delimiter, 2) and (rows > 2 or width > 2 or delimiter == "\t")
    return (rows / widths.total() if enough and rows > 1 else 0.0, width, delimiter)


def parsed(text: str, delimiter: str, first_row: int = 1) -> Iterator[Row]:
    """The rows of a text, each with the number of the line where it begins; maybe `csv.Error`.

    What has an open quotation mark at the end of the text is one cell up to there.
    """
    rows = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=delimiter != "\t"
    )
    number = first_row
    for row in rows:
        yield number, row
        number = first_row + rows.line_num


@dataclass(frozen=True)
class Block:
    """Some rows of a table, one after another: as text, to be parsed where that is worth it."""

    text: str
    first_row: int
    delimiter: str

    def rows(self) -> list[Row]:
        """Its rows; one of a single cell for each line that cannot be parsed."""
        try:
            return list(parsed(self.text, self.delimiter, self.first_row))
        except csv.Error:
            lines = self.text.split("\n")
            return [(self.first_row + at, [line]) for at, line in enumerate(lines)]


def blocks(pieces: Iterable[str], delimiter: str) -> Iterator[Block]:
    """The text in blocks of about `BLOCK_CHARS`, each of whole rows if they are not too long."""
    rest, row = "", 1
    for piece in pieces:
        rest += piece
        start = 0
        while end := _cut(rest, start, delimiter):
            block = Block(unescaped(rest[start:end]), row, delimiter)
            yield block
            start = end
            row += block.text.count("\n")
        rest = rest[start:]
    if rest:
        yield Block(unescaped(rest), row, delimiter)


def _cut(text: str, start: int, delimiter: str) -> int:
    """Where the block that begins at `start` ends; 0 if more text is needed to tell."""
    limit = start + BLOCK_CHARS
    if len(text) < limit:
        return 0
    end = text.rfind("\n", start, limit) + 1
    if end and not text.count('"', start, end) % 2:
        return end
    return _cut_long(text, start, delimiter)


def _cut_long(text: str, start: int, delimiter: str) -> int:
    """The same where a row is longer, or the usual place may be inside a quoted cell."""
    at, limit = start + BLOCK_CHARS, start + MAX_ROW_CHARS
    is_quoted = text.count('"', start, at) % 2 == 1
    while at and at < len(text):
        if is_quoted:
            at, is_quoted = text.find('"', at, limit) + 1, False
        elif end := text.find("\n", at, limit) + 1:
            is_quoted = text.count('"', at, end) % 2 == 1
            if not is_quoted:
                return end
            at = end
        else:
            break
    if len(text) < limit:
        return 0
    # Nothing that is looked for stands in two cells.
    return text.rfind("\n", start, limit) + 1 or text.rfind(delimiter, start, limit) + 1 or limit

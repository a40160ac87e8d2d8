"""Tables as text, CSV and TSV: their first rows. All cells are text, formulas too."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from previews.kinds import Kind, Preview, Unshowable
from previews.text import decoded

MAX_ROWS, MAX_COLUMNS, MAX_CELL_CHARS = 30, 20, 200
DELIMITERS = "\t;,|"  # where two fit alike, the earlier one: a comma is often a decimal one
_MIN_LIKE_SHARE = 0.8  # of the first rows, which have as many cells as the most


def show_table(data: bytes, *, is_cut: bool) -> Preview | None:
    """The first rows of a text with a delimiter, None if there is none.

    `is_cut`: the file goes on after `data`.
    """
    text = decoded(data)
    with _cells_of(len(text)):
        delimiter = _delimiter_of(text)
        if not delimiter:
            return None
        rows = list(itertools.islice(_rows(text, delimiter), MAX_ROWS))
        facts = {} if is_cut else {"rows": sum(1 for _ in _rows(text, delimiter))}
    width = max(map(len, rows), default=0)
    return table(rows, facts | {"columns": width})


@contextmanager
def _cells_of(max_chars: int) -> Iterator[None]:
    """Cells may be as long; the `csv` module's limit is the whole process's, so it is put back."""
    before = csv.field_size_limit(max_chars + 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _delimiter_of(text: str) -> str:
    """What parts the cells; "" if nothing does."""
    first = text[:100_000]
    likeness = {delimiter: _likeness(first, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: round(likeness[delimiter], 1))
    return best if likeness[best] >= _MIN_LIKE_SHARE else ""


def _likeness(text: str, delimiter: str) -> float:
    """How many of the first rows have as many cells as most of them; 0 if that is one cell."""
    rows = list(itertools.islice(_rows(text, delimiter), MAX_ROWS))
    widths = Counter(len(row) for row in rows)
    width, times = widths.most_common(1)[0] if widths else (0, 0)
    return times / len(rows) if width > 1 else 0.0


def _rows(text: str, delimiter: str) -> Iterable[list[str]]:
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from (row for row in found if row)
    except csv.Error as error:
        raise Unshowable from error


def table(rows: Sequence[Sequence[str]], facts: dict[str, int]) -> Preview:
    """What is shown of rows, the first of a table of which `facts` tells the size."""
    width = max((_width(row) for row in rows), default=0)
    shown = [[_short(cell) for cell in row[: min(width, MAX_COLUMNS)]] for row in rows]
    while shown and not any(shown[-1]):
        shown.pop()
    if not shown:
        raise Unshowable
    facts["cut"] = int(
        facts.get("rows", MAX_ROWS + 1) > len(shown) or facts["columns"] > MAX_COLUMNS
    )
    header = shown.pop(0) if _is_header(shown[0]) else []
    if header and "rows" in facts:
        facts["rows"] -= 1
    content = {"header": header, "rows": shown}
    return Preview(Kind.TABLE, json.dumps(content).encode(), facts)


def _is_header(row: Sequence[str]) -> bool:
    """Names, and no numbers."""
    return any(row) and not any(map(is_number, row))


def is_number(cell: str) -> bool:
    """It is written as numbers are, with a point or a comma."""
    return bool(re.fullmatch(r"[-+\N{MINUS SIGN}]?[\d.,]+(?:[eE][-+]?\d+)?", cell))


def _width(row: Sequence[str]) -> int:
    """How many cells there are up to the last one with something in it."""
    return next((at for at in range(len(row), 0, -1) if row[at - 1]), 0)


def _short(cell: str) -> str:
    return cell if len(cell) <= MAX_CELL_CHARS else cell[: MAX_CELL_CHARS - 1] + "…"

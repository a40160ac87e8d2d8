"""Excel files: the first rows of their first sheets."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

from openpyxl import load_workbook

from previews.kinds import Preview, Unshowable
from previews.tables import MAX_COLUMNS, MAX_ROWS, table


def show_workbook(data: bytes) -> Preview:
    """The first rows of the first sheet of an Excel file.

    Formulas are shown with the value that was last reckoned, or else as they are written.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of what is not read: pictures, styles
            values, facts = _first_sheet(data, data_only=True)
            formulas, _ = _first_sheet(data, data_only=False)
    except Exception as error:  # whatever a library of many readers raises for a damaged file
        raise Unshowable from error
    rows = [
        [_text_of(formula if value is None else value) for value, formula in zip(*row, strict=True)]
        for row in zip(values, formulas, strict=True)
    ]
    return table(rows, facts)


def _first_sheet(data: bytes, *, data_only: bool) -> tuple[list[Sequence[object]], dict[str, int]]:
    """The first rows of the first sheet, and its size."""
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)
    sheet = book.worksheets[0]
    rows = sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
    facts = {"rows": sheet.max_row or 0, "columns": sheet.max_column or 0}
    return list(rows), {**facts, "sheets": len(book.worksheets)}


def _text_of(cell: object) -> str:
    """A cell's value; numbers with as many digits as a column has room for."""
    if cell is None:
        return ""
    return f"{cell:.10g}" if isinstance(cell, float) else str(cell)

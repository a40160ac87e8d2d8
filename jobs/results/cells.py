"""The cells of a table's preview, and how each stands in its column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from previews.tables import is_number

LONG_CHARS = 40  # about what a column shows of a cell
_NONE = {"", "-", "na", "n/a", "nan", "none", "null", "inf", "-inf"}  # beside numbers


@dataclass(frozen=True)
class Cell:
    """Its text is data."""

    text: str
    is_number: bool

    @property
    def is_long(self) -> bool:
        """Only its beginning can be seen."""
        return len(self.text) > LONG_CHARS


def cells_of(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[list[Cell], list[list[Cell]]]:
    """The header and the rows, in which a column of nothing but numbers is one of numbers."""
    numeric = [_is_numeric(column) for column in zip_longest(*rows, fillvalue="")]
    return _cells(header, numeric), [_cells(row, numeric) for row in rows]


def _cells(row: Sequence[str], numeric: Sequence[bool]) -> list[Cell]:
    return [Cell(text, at < len(numeric) and numeric[at]) for at, text in enumerate(row)]


def _is_numeric(column: Sequence[str]) -> bool:
    told = [text for text in column if text.strip().casefold() not in _NONE]
    return bool(told) and all(is_number(text.strip()) for text in told)

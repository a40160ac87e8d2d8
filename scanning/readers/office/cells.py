"""Rows of cells, as they come out of a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scanning.readers.markup import Writer

MAX_COLUMNS, MAX_ROWS = 16_384, 1_048_576  # Excel's own limits, and LibreOffice's
MAX_CELLS = 50_000_000  # of a document; empty ones and rows between others count, too


class Row(NamedTuple):
    """Cells with their row's number in its sheet, and the sheet's; both count from 1."""

    sheet: int
    number: int
    cells: Sequence[str]


class TooManyCells(Exception):
    """More of them than any true spreadsheet has."""


@dataclass
class Allowance:
    """How many cells may still come in this document."""

    cells: int = MAX_CELLS

    def spend(self, cells: int) -> None:
        """So many have come, at least one."""
        self.cells -= max(cells, 1)
        if self.cells < 0:
            raise TooManyCells


class Grid:
    """The row under way, and the rows that are done; other text goes `around`."""

    def __init__(self, allowance: Allowance) -> None:
        self.around = Writer()
        self.sheet = 0  # only counted where one part has all sheets
        self.number = 0
        self.done: list[Row] = []
        self._cells: list[str] = []
        self._allowance = allowance

    def begin_row(self, number: int) -> None:
        """A row of this number, counted from 1."""
        if number > MAX_ROWS:
            raise TooManyCells
        self._allowance.spend(number - self.number)
        self.number, self._cells = number, []

    def put(self, column: int, text: str) -> None:
        """A cell; columns count from 1."""
        if column > MAX_COLUMNS:
            raise TooManyCells
        gap = column - len(self._cells) - 1
        self._allowance.spend(gap + 1)
        self._cells.extend([""] * gap)
        if gap < 0:
            self._cells[column - 1] = text
        else:
            self._cells.append(text)

    def end_row(self) -> None:
        """The row is done; without cells it is none."""
        if self._cells:
            self.done.append(Row(self.sheet, self.number, self._cells))
            self._cells = []

    def taken(self) -> list[Row]:
        """The rows that were done since the last call."""
        taken, self.done = self.done, []
        return taken

    @property
    def column(self) -> int:
        """The last column with a cell."""
        return len(self._cells)

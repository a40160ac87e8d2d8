"""Sheets of an OpenDocument spreadsheet as rows of cells (ODF 1.3 part 3, 9.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanning.readers.markup import Attributes, local, walk
from scanning.readers.office.cells import Allowance, Grid, Row

_MAX_REPEATED = 100  # of cells that hold something; empty ones may fill a row


class TableRows(Grid):
    """Reads all sheets; comments and what is around the cells goes `around`."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(allowance)
        self._next_row = self._next_column = 1
        self._is_in_cell = False
        self._is_in_note = False
        self._value = ""
        self._repeated = 1
        self._text: list[str] = []

    def read(self, chunks: Iterable[bytes]) -> Iterator[Row]:
        """The rows that have cells."""
        for _ in walk(chunks, start=self._start, end=self._end, chars=self._chars):
            yield from self.taken()

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == "annotation":
            self._is_in_note = True
        if self._is_in_note or not self._is_in_cell:
            self.around.start(name, attributes)
        elif attributes:
            self.around.note(name, attributes)
        if name == "table":
            self.sheet += 1
            self.number, self._next_row = 0, 1
        elif name == "table-row":
            self.begin_row(self._next_row)
            self._next_row += _repeated(attributes, "number-rows-repeated")
            self._next_column = 1
        elif name in ("table-cell", "covered-table-cell"):
            self._is_in_cell, self._text = True, []
            self._value = _exact(attributes)
            self._repeated = _repeated(attributes, "number-columns-repeated")

    def _end(self, name: str) -> None:
        if self._is_in_note or not self._is_in_cell:
            self.around.end(name)
        if name == "annotation":
            self._is_in_note = False
        elif name in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif name == "table-row":
            self.end_row()
        elif name == "p" and self._is_in_cell and not self._is_in_note:
            self._text.append(" ")

    def _chars(self, text: str) -> None:
        if self._is_in_note or not self._is_in_cell:
            self.around.chars(text)
        else:
            self._text.append(text)

    def _end_cell(self) -> None:
        text = self._value or " ".join("".join(self._text).split())
        if text:
            for column in range(min(self._repeated, _MAX_REPEATED)):
                self.put(self._next_column + column, text)
        self._next_column += self._repeated
        self._is_in_cell = False


def _exact(attributes: Attributes) -> str:
    """The date of a cell that holds one, for its text has it as people write it; else nothing."""
    return next((v for key, v in attributes.items() if local(key) == "date-value"), "")


def _repeated(attributes: Attributes, by: str) -> int:
    return int(next((v for key, v in attributes.items() if local(key) == by), 1))

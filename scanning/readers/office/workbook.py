"""Sheets of an Office Open XML workbook as rows of cells (ECMA-376-1, 18)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from scanning.readers.markup import REMARK, Attributes, Writer, walk
from scanning.readers.office.cells import Allowance, Grid, Row

MAX_STRINGS_CHARS = 32 * 2**20
_COLUMN = re.compile(r"[A-Z]{1,3}")
_DAY_ZERO = date(1899, 12, 30)  # of Excel's calendar
_LAST_DAY = 2_958_465  # 31 December 9999


@dataclass
class Strings:
    """The texts that a workbook keeps apart from its cells, and which of them a cell shows."""

    texts: list[str] = field(default_factory=list)
    is_cut: bool = False  # there are more than are held in memory
    _used: bytearray = field(default_factory=bytearray)

    @classmethod
    def read(cls, chunks: Iterable[bytes]) -> Strings:
        """Those of `xl/sharedStrings.xml`."""
        strings, writer, chars = cls(), Writer(), 0
        walker = walk(chunks, start=writer.start, end=writer.end, chars=writer.chars)
        rest = ""
        for _ in walker:
            *lines, rest = (rest + "".join(text for _, text in writer.taken())).split("\n")
            chars += sum(map(len, lines))
            if chars > MAX_STRINGS_CHARS or len(rest) > MAX_STRINGS_CHARS:
                strings.is_cut = True
                break
            strings.texts += map(str.strip, lines)
        strings._used = bytearray(len(strings.texts))
        return strings

    def shown(self, number: str) -> str:
        """The text of this number, for a cell."""
        index = int(number)
        if not 0 <= index < len(self.texts):
            return ""
        self._used[index] = 1
        return self.texts[index]

    def unused(self) -> Iterator[str]:
        """What no cell has shown."""
        return (text for text, used in zip(self.texts, self._used, strict=True) if not used)


def date_styles(elements: Iterable[tuple[str, Attributes]]) -> frozenset[int]:
    """The cell styles of `xl/styles.xml` that show a number as a date."""
    formats: dict[str, bool] = {}
    styles: set[int] = set()
    count, in_cells = 0, False
    for name, attributes in elements:
        if name == "numFmt":
            code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", attributes.get("formatCode", ""))
            formats[attributes.get("numFmtId", "")] = bool(re.search("[dy]", code, re.IGNORECASE))
        elif name in ("cellStyleXfs", "cellXfs", "cellStyles"):
            in_cells = name == "cellXfs"
        elif name == "xf" and in_cells:
            wanted = attributes.get("numFmtId", "")
            if formats.get(wanted, wanted in _BUILT_IN_DATES):
                styles.add(count)
            count += 1
    return frozenset(styles)


_BUILT_IN_DATES = frozenset(map(str, (*range(14, 18), 22, *range(27, 37), *range(50, 59))))


class WorksheetRows(Grid):
    """Reads one sheet of Office Open XML (ECMA-376-1, 18.3); other text of it goes `around`."""

    def __init__(self, allowance: Allowance, strings: Strings, dates: frozenset[int]) -> None:
        super().__init__(allowance)
        self._strings = strings
        self._dates = dates
        self._is_in_rows = False
        self._cell: Attributes = {}
        self._texts: dict[str, str] = {}
        self._into = ""

    def read(self, chunks: Iterable[bytes]) -> Iterator[Row]:
        """The rows that have cells."""
        for _ in walk(chunks, start=self._start, end=self._end, chars=self._chars):
            yield from self.taken()

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == "sheetData":
            self._is_in_rows = True
        if not self._is_in_rows:
            self.around.start(name, attributes)
        elif name == REMARK:
            self.around.note(name, attributes)
        elif name == "row":
            self.begin_row(int(attributes.get("r", self.number + 1)))
        elif name == "c":
            self._cell, self._texts = attributes, {}
        else:
            self._into = name

    def _end(self, name: str) -> None:
        if name == REMARK and self._is_in_rows:
            return
        self._into = ""
        if not self._is_in_rows:
            self.around.end(name)
        elif name == "sheetData":
            self._is_in_rows = False
        elif name == "row":
            self.end_row()
        elif name == "c" and self._texts:
            place = _COLUMN.match(self._cell.get("r", ""))
            self.put(column_number(place[0]) if place else self.column + 1, self._text())

    def _chars(self, text: str) -> None:
        if not self._is_in_rows:
            self.around.chars(text)
        elif self._into:
            self._texts[self._into] = self._texts.get(self._into, "") + text

    def _text(self) -> str:
        """What the cell shows; a formula only if there is a text in it."""
        value, formula = self._texts.get("v", ""), self._texts.get("f", "")
        if self._cell.get("t") == "s" and value:
            value = self._strings.shown(value)
        elif value.isdigit() and int(self._cell.get("s", 0)) in self._dates:
            value = _as_date(value)
        parts = (value, self._texts.get("t", ""), formula if '"' in formula else "")
        return " ".join(filter(None, parts)).replace("\n", " ")


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def _as_date(value: str) -> str:
    day = int(value[:8])
    return (_DAY_ZERO + timedelta(days=day)).isoformat() if 0 < day <= _LAST_DAY else value

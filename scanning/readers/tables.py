"""Tables: files of text with a delimiter, and the rows of spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from scanning.look import Look
from scanning.plain import unescaped
from scanning.readers.columnwise import read_blocks
from scanning.readers.text import Chars, read_text_file, text_of
from scanning.sources import Source
from scanning.tables.delimited import BLOCK_CHARS, Row, blocks, dialect_of, unified
from scanning.text import decoded
from scanning.tools import Tools
from scanning.types import UTF_8, text_encoding

_FIRST_ROWS = 20  # of a sheet: among them is the header, which has all columns
_MAX_FIRST_WIDTH = 1_000


def read_table(source: Source, look: Look, tools: Tools) -> None:
    """A file of text with a delimiter."""
    encoding = text_encoding(source.head()) or UTF_8
    head = "".join(decoded([source.head()], encoding))
    dialect = dialect_of(head)
    if dialect is None:
        return read_text_file(source, look, tools)
    pieces = text_of(source, encoding, look)
    if "\n" not in head:
        pieces = map(unified, pieces)
    chars = read_blocks(blocks(pieces, dialect.delimiter), dialect.width, look, tools)
    chars.reckon(source.read_bytes, look)


def read_rows(rows: Iterable[Sequence[str]], look: Look, tools: Tools) -> Chars:
    """Rows that some reader has taken out of a sheet, counted from 1; short ones are filled up."""
    stream = _row_blocks(enumerate(rows, start=1))
    first = next(stream, None)
    if first is None:
        return Chars()
    width = _usual_width(first.parsed)
    filled = (_filled(block, width) for block in chain([first], stream))
    return read_blocks(filled, width, look, tools)


def _usual_width(rows: Sequence[Row]) -> int:
    """What the first rows have, or a tenth of all: a single cell far away makes no column."""
    widths = [_width(cells) for _, cells in rows]
    first = min(max(widths[:_FIRST_ROWS]), _MAX_FIRST_WIDTH)
    return max(first, sorted(widths)[len(widths) * 9 // 10], 1)


def _width(cells: Sequence[str]) -> int:
    """How many cells there are up to the last one with something in it."""
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1]), 0)


@dataclass(frozen=True)
class _RowBlock:
    parsed: list[Row]

    @property
    def text(self) -> str:
        return "".join("; ".join(cells) + "\n" for _, cells in self.parsed)

    def rows(self) -> list[Row]:
        return self.parsed


def _row_blocks(rows: Iterable[Row]) -> Iterator[_RowBlock]:
    block: list[Row] = []
    chars = 0
    for number, written in rows:
        cells = [unescaped(cell) for cell in written]
        block.append((number, cells))
        chars += sum(map(len, cells)) + len(cells)
        if chars >= BLOCK_CHARS:
            yield _RowBlock(block)
            block, chars = [], 0
    if block:
        yield _RowBlock(block)


def _filled(block: _RowBlock, width: int) -> _RowBlock:
    return _RowBlock([(number, _fitted(cells, width)) for number, cells in block.parsed])


def _fitted(cells: Sequence[str], width: int) -> Sequence[str]:
    """As many cells as columns, if those beyond are empty."""
    if len(cells) <= width:
        return [*cells, *[""] * (width - len(cells))]
    return cells if any(cells[width:]) else cells[:width]

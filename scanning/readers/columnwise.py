"""Tables by their columns; what these do not explain of a row is read as text.

Every character goes through the gate. The first rows and blocks drawn from the rest are parsed:
a column whose header and values, or values alone, show what it holds is one finding. Of rows
where the gate has a hit, the other columns' cells go to Presidio, so that an address in a column
of numbers is found wherever it stands. Rows without a hit are not parsed, unless drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from scanning.evidence import evidence_in
from scanning.gate import Hits
from scanning.look import Look
from scanning.readers.text import Chars
from scanning.tables.checks import is_date
from scanning.tables.columns import Columns
from scanning.tables.delimited import Row
from scanning.tables.judgement import Judgement
from scanning.text import Window, windows
from scanning.tools import Tools

HEAD_ROWS = 10_000
HEAD_CHARS = 4_000_000
SURE_BLOCKS = 300  # drawn after the head, before others are left out
_MAX_JUDGED_CHARS = 60  # of a cell that is taken to be as its column; a longer one has sentences
_MIN_CHARS = 4  # of a cell that may hold anything at all
_PAIR = 2  # columns of a table that may be of words and their values


class Block(Protocol):
    """Some rows: as text for the gate, and parsed."""

    @property
    def text(self) -> str: ...

    def rows(self) -> list[Row]: ...


def read_blocks(stream: Iterator[Block], width: int, look: Look, tools: Tools) -> Chars:
    """Read a table of so many columns to its end."""
    reading = _Reading(look, tools, width)
    head = list(_head(stream))
    reading.judge(head)
    for block in head:
        reading.at(block)
    for number, block in enumerate(stream, start=1):
        # Ever fewer, for the size may not be known: 300 · (1 + ln(n / 300)) of n blocks.
        is_drawn = look.inspection.random.random() * number < SURE_BLOCKS
        reading.at_later(block, is_drawn=is_drawn)
    reading.report()
    return reading.chars


def _head(stream: Iterator[Block]) -> Iterator[Block]:
    rows = chars = 0
    for block in stream:
        yield block
        rows += block.text.count("\n")
        chars += len(block.text)
        if rows >= HEAD_ROWS or chars >= HEAD_CHARS:
            return


@dataclass
class _Reading:
    look: Look
    tools: Tools
    width: int
    chars: Chars = field(default_factory=Chars)
    unit: str = "row"
    found: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.judgement = Judgement(self.look, self.tools, self.width)
        self.first, self.later = Columns(self.width), Columns(self.width)

    def judge(self, head: Iterable[Block]) -> None:
        """Find the header, and what the columns hold by the table's first rows."""
        is_begun = False
        for block in head:
            rows = block.rows()
            whole = self._whole(rows)
            if whole and not is_begun:
                self.judgement.find_header(whole)
                is_begun = True
            self.first.add([row for row in whole if row[0] != self.judgement.header_row])
            if '"' in block.text and block.text.count("\n") > len(rows):
                self.unit = "line"  # cells have line ends in them: no program would count so
        self.judgement.judge(self.first)

    def at(self, block: Block) -> None:
        """Look at a block of the head."""
        self._look_at(block.rows(), is_hit=self._is_hit(block))

    def at_later(self, block: Block, *, is_drawn: bool) -> None:
        """Look at a block behind the head; its columns only if it is drawn."""
        is_hit = self._is_hit(block)
        if is_hit or is_drawn:
            rows = block.rows()
            if is_drawn:
                self.later.add(self._whole(rows))
            self._look_at(rows, is_hit=is_hit)
            return
        self.look.inspection.is_sampled = True
        if self.judgement.is_open:
            self.chars.passed_over += len(block.text)

    def report(self) -> None:
        """Tell of the columns, with those that first show behind the head what they hold."""
        self.later.forget(self.first)
        new = self.judgement.judge(self.later)
        for at in new:
            self.judgement.findings[at].count = self.later.all[at].filled
        # What patterns have found in their rows has been told of.
        told = {at for at in new if self.found[self.judgement.findings[at].entity]}
        self.judgement.report(self.unit, without=told)

    def told(self, entity: str, score: float, row: int) -> None:
        """Tell of something in a single cell."""
        self.found[entity] += 1
        self.look.found(entity, score, (self.unit, row))

    def _whole(self, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if len(row[1]) == self.width]

    def _is_hit(self, block: Block) -> bool:
        text = block.text
        self.chars.all += len(text)
        return bool(self.tools.gate.hits(text))

    def _look_at(self, rows: Sequence[Row], *, is_hit: bool) -> None:
        self.judgement.count(self._whole(rows))
        if is_hit:
            self._read_rest(rows, names=False)
            if self.judgement.counts_names:
                self._read_rest(rows, names=True)

    def _read_rest(self, rows: Sequence[Row], *, names: bool) -> None:
        """What the columns do not explain: by patterns, or for names where not judged yet."""
        lines = [line for row in rows for line in self._lines(row, names=names)]
        if not lines:
            return
        numbers = [number for number, text in lines for _ in range(text.count("\n"))]
        for window in windows([";\n" + "".join(text for _, text in lines)]):
            hits = self.tools.gate.hits(window.text)
            wanted = Hits(pattern=hits.pattern and not names, name=hits.name and names)
            if wanted:
                reading = _CloseReading(window, numbers, self, names=names)
                self.look.inspection.purse.ask(wanted, len(window.text) - window.seen, reading.read)

    def _lines(self, row: Row, *, names: bool) -> Iterator[tuple[int, str]]:
        """A row's cells that are still to be read, as lines.

        They stand apart, so that "excellent" in one makes no telephone number of the next one's
        digits: but for pairs of a word and its value, and rows that are broken or no rows.
        """
        number, cells = row
        if names and number == self.judgement.header_row and self.width > _PAIR:
            return
        if len(cells) != self.width or self.width <= _PAIR:
            known = self.judgement.findings.keys() if len(cells) == self.width else ()
            rest = ["" if at in known else cell for at, cell in enumerate(cells)]
            yield number, _line("; ".join(rest)) + "\n"
            return
        findings, judged = self.judgement.findings, self.judgement.judged if names else ()
        for at, cell in enumerate(cells):
            is_known = at in findings or (at in judged and len(cell) <= _MAX_JUDGED_CHARS)
            if len(cell) >= _MIN_CHARS and not is_known:
                yield number, _line(cell) + ";\n\n"


def _line(text: str) -> str:
    return " ".join(text.splitlines()) if "\n" in text or "\r" in text else text


@dataclass(frozen=True)
class _CloseReading:
    """One window of cells, as Presidio is to look at it: for names, or for all else."""

    window: Window
    numbers: Sequence[int]  # of the rows that its table's lines belong to
    reading: _Reading
    names: bool

    def read(self, by_model: bool) -> None:
        """Tell of what it finds."""
        text, tools = self.window.text, self.reading.tools
        raw = tools.analyzer.analyze(text, by_model=self.names)
        for evidence in evidence_in(text, raw, tools.entities):
            value = text[evidence.start : evidence.end]
            if evidence.entity == "DATE_OF_BIRTH" and not is_date(value):
                continue  # a year beside the county of Dearborn
            if (evidence.entity == "PERSON") == self.names and self.window.owns(evidence.end):
                row = self.numbers[max(self.window.line_at(evidence.start) - 2, 0)]
                self.reading.told(evidence.entity, evidence.score, row)

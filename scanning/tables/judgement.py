"""What a table's columns hold: judged by their headers, their values and the language model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from scanning.look import Look
from scanning.tables.columns import Column, Columns, entity_of, is_empty
from scanning.tables.delimited import Row
from scanning.tables.headers import Header, header_of
from scanning.tables.names import Answer, asked_names
from scanning.tools import Tools

SCORE = 0.9  # of a column
_HEADER_ROWS = 20  # among which the header is looked for: titles may stand above it
_HEADER_CELLS = 5_000
_MIN_ROWS = 10  # for a column of names; below that the rows are read as text, with their names
_MIN_ROWS_OF_PAIRS = 40  # the same where a row is a word and its value
_MIN_NAMES, _MIN_NAMES_BELOW_HEADER = 0.5, 0.3  # share of distinct values


@dataclass
class ColumnFinding:
    """A column that is a finding, as far as it has been seen."""

    entity: str
    examples: Sequence[int]  # rows
    count: int = 0  # of cells with a value


@dataclass
class Judgement:
    """Of the columns of one table, by their numbers from 0."""

    look: Look
    tools: Tools
    width: int
    headers: dict[int, Header] = field(default_factory=dict)
    header_row: int = 0  # its number, if there is one
    findings: dict[int, ColumnFinding] = field(default_factory=dict)
    judged: set[int] = field(default_factory=set)  # words, but not names of people
    is_open: bool = False  # a column may hold names that nothing shows but its values

    @property
    def counts_names(self) -> bool:
        return "PERSON" in self.tools.entities

    def find_header(self, rows: Sequence[Row]) -> None:
        """Find a row with headers of the dictionary, or else one of words above numbers."""
        cells_left = _HEADER_CELLS
        for number, cells in rows[:_HEADER_ROWS]:
            entries = {at: entry for at, cell in enumerate(cells) if (entry := header_of(cell))}
            # Below the first row it takes two: a patient may be named in any cell.
            if len(entries) > (number != rows[0][0]):
                self.headers, self.header_row = entries, number
                return
            if (cells_left := cells_left - len(cells)) < 0:
                break
        if len(rows) > 1 and _are_words(rows[0][1]) and not _are_words(rows[1][1]):
            self.header_row = rows[0][0]

    def judge(self, columns: Columns) -> set[int]:
        """Judge the columns that are no findings yet; the numbers of those that are by now."""
        before = set(self.findings)
        undecided = {}
        for at, column in enumerate(columns.all):
            if at in before or column.is_free_text or not column.values:
                continue
            entity = entity_of(column, self.headers.get(at))
            if entity and entity in self.tools.entities:
                self.findings[at] = ColumnFinding(entity, column.examples)
            elif column.filled >= (_MIN_ROWS if self.width > 2 else _MIN_ROWS_OF_PAIRS):
                undecided[at] = column
        if self.counts_names:
            for at, answer in asked_names(undecided, self.look, self.tools).items():
                self._judge_names(at, columns.all[at], answer)
        return self.findings.keys() - before

    def _judge_names(self, at: int, column: Column, answer: Answer) -> None:
        header = self.headers.get(at)
        is_below_header = header is not None and header.meaning.entity == "PERSON"
        least = _MIN_NAMES_BELOW_HEADER if is_below_header else _MIN_NAMES
        if answer.share >= least and (is_below_header or answer.is_of_full_names):
            self.findings[at] = ColumnFinding("PERSON", column.examples)
            return
        self.judged.add(at)
        self.is_open |= column.is_cut and column.is_name_like

    def count(self, rows: Iterable[Row]) -> None:
        """Count the values of the columns that are findings in some more rows."""
        whole = [cells for number, cells in rows if number != self.header_row]
        for at, finding in self.findings.items():
            finding.count += sum(not is_empty(cells[at].strip()) for cells in whole)

    def report(self, unit: str, *, without: Set[int] = frozenset()) -> None:
        """Tell of the columns that are findings; `unit` is the kind of place that a row is."""
        for at, finding in sorted(self.findings.items()):
            if at not in without:
                self._report(at, finding, unit)

    def _report(self, at: int, finding: ColumnFinding, unit: str) -> None:
        header = self.headers.get(at)
        place = ("header", header.words) if header else ("column", at + 1)
        examples = finding.examples[: finding.count]
        for number in examples:
            count = finding.count - len(examples) + 1 if number == examples[0] else 1
            self.look.found(finding.entity, SCORE, place, (unit, number), count=count)


def _are_words(cells: Iterable[str]) -> bool:
    """Whether none of the cells is a number."""
    return not any(cell[-1:].isdigit() and not cell[:1].isalpha() for cell in cells)

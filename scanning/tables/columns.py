"""Tables by their columns: a few distinct values of each, and what they show together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from scanning.tables import checks
from scanning.tables.delimited import Row
from scanning.tables.headers import Header

MAX_DISTINCT = 300  # values that are kept of a column
_MAX_KEPT = 300_000  # of all columns together
_MAX_VALUE_CHARS = 80  # no identifier is longer
_FREE_TEXT_CHARS = 40  # a column whose cells are longer on average is read as text
_EXAMPLES = 3  # rows that are named for a column
_EMPTY = frozenset(("", "na", "n/a", "nan", "none", "null", ".", "-", "?", "unknown"))
_NAME_LIKE = re.compile(r"[^\W\d_a-z][^\W\d_]*[a-zß-ÿ]")


@dataclass
class Column:
    """What has been seen of one column."""

    limit: int = MAX_DISTINCT
    filled: int = 0  # cells with a value
    chars: int = 0
    values: dict[str, None] = field(default_factory=dict)  # the first distinct ones, in order
    examples: list[int] = field(default_factory=list)  # of the first rows with one
    is_cut: bool = False  # there are more distinct values

    def add(self, cells: Iterable[str], numbers: Iterable[int]) -> None:
        """Some more cells, and the rows they are in."""
        for cell, number in zip(cells, numbers, strict=True):
            value = cell.strip()
            if is_empty(value):
                continue
            if len(self.values) < self.limit and len(value) <= _MAX_VALUE_CHARS:
                self.values[value] = None
            elif value not in self.values:
                self.is_cut = True
            if len(self.examples) < _EXAMPLES:
                self.examples.append(number)
            self.filled += 1
            self.chars += len(value)

    def forget(self, known: Column) -> None:
        """Take out the values that another one has, too."""
        self.values = dict.fromkeys(v for v in self.values if v not in known.values)

    @property
    def is_free_text(self) -> bool:
        """Whether its cells are sentences rather than values."""
        return self.chars > _FREE_TEXT_CHARS * self.filled

    @property
    def is_name_like(self) -> bool:
        """Whether many of its values begin with a capital and go on in small letters."""
        likely = sum(bool(_NAME_LIKE.match(value)) for value in self.values)
        return 2 * likely > len(self.values)

    def share(self, fits: Callable[[str], bool]) -> float:
        """How much of its distinct values has some form, from 0 to 1."""
        return sum(map(fits, self.values)) / len(self.values) if self.values else 0.0


def is_empty(value: str) -> bool:
    """Whether a cell says that there is no value."""
    return len(value) < 8 and value.lower() in _EMPTY


class Columns:
    """The columns of a table's whole rows."""

    def __init__(self, width: int) -> None:
        limit = max(3, min(MAX_DISTINCT, _MAX_KEPT // width))
        self.all = [Column(limit) for _ in range(width)]

    def add(self, rows: Sequence[Row]) -> None:
        """Rows of the table's own width."""
        numbers = [number for number, _ in rows]
        if numbers:
            by_column = zip(*(cells for _, cells in rows), strict=True)
            for column, cells in zip(self.all, by_column, strict=True):
                column.add(cells, numbers)

    def forget(self, known: Columns) -> None:
        """Take out of each column the values that the other table's has, too."""
        for column, known_column in zip(self.all, known.all, strict=True):
            column.forget(known_column)


# What values show without a header. (entity, check, share and number of distinct values at least)
_BY_VALUES: tuple[tuple[str, Callable[[str], bool], float, int], ...] = (
    ("EMAIL_ADDRESS", checks.is_email, 0.3, 3),
    ("US_SSN", checks.is_dashed_ssn, 0.6, 3),
    ("IBAN_CODE", checks.is_iban, 0.6, 3),
    ("CREDIT_CARD", checks.is_card, 0.6, 8),  # one number in ten has the right sum by chance
    ("PHONE_NUMBER", checks.is_written_phone, 0.6, 5),
)


def entity_of(column: Column, header: Header | None) -> str | None:
    """What the column holds by its header and the form of its values, or by these alone.

    Names below a weak header are not decided here.
    """
    if column.is_free_text or not column.values:
        return None
    if header and not header.meaning.is_weak:
        meaning = header.meaning
        if column.share(meaning.fits) >= meaning.min_share:
            return meaning.entity
    for entity, fits, min_share, min_values in _BY_VALUES:
        if len(column.values) >= min_values and column.share(fits) >= min_share:
            return entity
    return None

"""Which columns of a table hold people's names: the language model is asked, of some values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from scanning.evidence import STRONG, evidence_in
from scanning.gate import Hits
from scanning.look import Look
from scanning.tables.columns import Column
from scanning.text import Window, windows
from scanning.tools import Tools

MAX_ASKED = 100  # distinct values of a column
# A word of letters with a capital at its beginning, as all names have that count.
_CANDIDATE = re.compile(r"(?:^|[\s(\"'.,:;-])[^\W\d_a-z][^\W\d_]")
_MIN_CANDIDATES = 0.2  # share of values; a column with fewer is of numbers, or of codes


@dataclass
class Answer:
    """What the language model says of one column's values."""

    asked: int  # distinct values, with those that cannot be names
    likely: set[str] = field(default_factory=set)  # with what the model takes for a name
    full: set[str] = field(default_factory=set)  # with a name that counts by itself

    @property
    def share(self) -> float:
        """How many of the values may be names, from 0 to 1."""
        return len(self.likely) / self.asked

    @property
    def is_of_full_names(self) -> bool:
        """Whether most names have two words: single ones may be cities', or kinds' of iris."""
        return 2 * len(self.full) >= len(self.likely) > 0


def asked_names(columns: Mapping[int, Column], look: Look, tools: Tools) -> dict[int, Answer]:
    """The answers for those of these columns that have words, as far as the purse pays."""
    values = {at: list(islice(column.values, MAX_ASKED)) for at, column in columns.items()}
    lines = list(_candidates(values))
    answers = {at: Answer(len(values[at])) for at, _ in lines}
    for window in windows(f"{value}\n" for _, value in lines):
        if not look.inspection.purse.pays_for(Hits(name=True), len(window.text) - window.seen):
            unasked = {at for at, _ in lines[window.first_line - 1 :]}
            return {at: answer for at, answer in answers.items() if at not in unasked}
        _take_answers(window, lines, answers, tools)
    return answers


def _take_answers(
    window: Window, lines: Sequence[tuple[int, str]], answers: Mapping[int, Answer], tools: Tools
) -> None:
    raw = [found for found in tools.analyzer.analyze(window.text) if found.entity == "PERSON"]
    for finding in raw:
        if window.owns(finding.end):
            at, value = lines[window.line_at(finding.start) - 1]
            answers[at].likely.add(value)
    # As in prose: there two words with capitals are enough.
    for evidence in evidence_in(window.text, raw, ("PERSON",), is_prose=True):
        if window.owns(evidence.end) and evidence.score >= STRONG:
            at, value = lines[window.line_at(evidence.start) - 1]
            answers[at].full.add(value)


def _candidates(values: Mapping[int, Iterable[str]]) -> Iterator[tuple[int, str]]:
    for at, some in values.items():
        likely = [" ".join(value.split()) for value in some if _CANDIDATE.search(value)]
        if len(likely) > _MIN_CANDIDATES * sum(1 for _ in some):
            yield from ((at, value) for value in likely)

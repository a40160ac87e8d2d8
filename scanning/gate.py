"""The gate: fast patterns over every byte, so that only windows worth it go to Presidio.

Each pattern lets through at least what `evidence.py` could keep of its kind: letting through
too much costs time, too little costs findings. RE2 has no catastrophic patterns; they are kept
small, for counted repetitions of wide classes blow up its automaton.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import re2

from backends.base import ScanError
from scanning.evidence import CONTEXT_WORDS, presidio_entities
from scanning.evidence.words import INTRODUCTIONS
from scanning.recognizers import Recognizer, recognizers_with

MAX_MEM_BYTES = 256 * 2**20  # beyond it RE2 may miss without a word: hence the self-test


@dataclass(frozen=True)
class Hits:
    """What a window may hold: something with a pattern; what only the language model sees."""

    pattern: bool = False
    name: bool = False

    def __bool__(self) -> bool:
        return self.pattern or self.name


@dataclass(frozen=True)
class _Pattern:
    """One of the gate's patterns, and a string that it must let through, where one is known."""

    pattern: str
    known: str
    hits: Hits = Hits(pattern=True)


def _card(groups: str) -> str:
    """Not within a row of numbers."""
    return rf"(?m:^|[^\d \t])[ \t]?{groups}(?m:$|[^\d \t]|[ \t]+[^\d \t-])"


def _phone(groups: str) -> str:
    """Not after another number, on whatever line: then it is a cell of a table."""
    return rf"[^\d\s,;]\s*{groups}"


def _context(words: str) -> str:
    """Such a word, and a digit on the same line or the next."""
    return rf"(?im)(?:{words})[^\d\n]*\n?[^\d\n]*\d"


_SHAPES = (
    _Pattern(r"[^\s@]@[\pL\d][\pL\d.-]*\.[\pL]{2}", "ada@example.org"),
    _Pattern(r"\b\d{3}-\d{2}-\d{4}\b", "536-90-4399"),
    _Pattern(_card(r"\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}"), "4111 1111 1111 1111"),
    _Pattern(_card(r"\d{4}[ -]\d{6}[ -]\d{5}"), "3782 822463 10005"),
    _Pattern(r"(?i)\b[A-Z]{2}\d{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}", "DE89 3704 0044 0532 0130 00"),
    _Pattern(r"\+\(?[1-9][\d ()-]{7}", "+49 30 901820"),
    _Pattern(r"\+[1-9]\d{0,2}\.\d{1,4}\.\d", "+1.212.555.0198"),
    _Pattern(_phone(r"\(\d{2,5}\)[ -]{0,2}\d{3,4}[ -]\d{3}"), "at (212)555-0198"),
    _Pattern(_phone(r"\d{2,5}[ -]\d{3,4}[ -]\d{3}"), "at 212-555-0198"),
    _Pattern(_phone(r"\d{3,5}[ -]\d{2}[ -]\d{3}"), "at 0171 23 45678"),
    _Pattern(_phone(r"\d{2,4}(?:[ -]\d{2}){3}"), "at 06 12 34 56 78"),
)
_BY_MODEL = Hits(name=True)
_NAMES = (
    _Pattern(r"\p{Lu}[\pL.'’-]* +(?:\p{Ll}+ +)?(?:\p{Ll}+ +)?\p{Lu}\pL", "Ada Lovelace", _BY_MODEL),
    _Pattern(rf"(?i:{INTRODUCTIONS})[^\pL\d\n]{{1,4}}\p{{Lu}}\pL", "Patient: Lovelace", _BY_MODEL),
)
_CAPITALS = _Pattern(r"\p{Lu}\p{L}", "Berlin", _BY_MODEL)
_ANYTHING = _Pattern(r"\S", "x", Hits(pattern=True, name=True))
_SHAPED = frozenset(("EMAIL_ADDRESS", "US_SSN", "CREDIT_CARD", "IBAN_CODE", "PHONE_NUMBER"))
_CAPITALIZED = frozenset(("LOCATION", "NRP", "ORGANIZATION"))


def _patterns_for(entities: Iterable[str], own: Iterable[Recognizer]) -> Iterator[_Pattern]:
    """The shapes, what these entities need besides, and our own and a site's recognisers."""
    yield from _SHAPES
    yield from (_Pattern(pattern, "") for one in own for pattern in one.patterns)
    told = _SHAPED.union(one.entity for one in own)
    for entity in entities:
        if entity == "PERSON":
            yield from _NAMES
        elif entity in CONTEXT_WORDS:
            # A birth date may be written in words, which the model knows.
            hits = Hits(pattern=True, name=entity == "DATE_OF_BIRTH")
            words = CONTEXT_WORDS[entity]
            yield _Pattern(_context(words), f"{_first_of(words)} 5", hits)
        elif entity in _CAPITALIZED:
            yield _CAPITALS
        elif presidio_entities([entity]) and entity not in told:
            yield _ANYTHING


def _first_of(words: str) -> str:
    """A word that the first alternative lets through."""
    return re.sub(r"\[(.)[^]]*\]", r"\1", words.partition("|")[0])


@functools.cache
def _compiled(patterns: tuple[str, ...]) -> re2.Set:
    """In one automaton, made once: it takes longer than to look at a small file."""
    options = re2.Options()
    options.max_mem = MAX_MEM_BYTES
    options.log_errors = False
    automaton = re2.Set.SearchSet(options)
    for pattern in patterns:
        automaton.Add(pattern)
    automaton.Compile()
    return automaton


class Gate:
    """The compiled patterns for these entities; `ScanError` if they do not see what they must.

    Weak evidence, such as a single name, is found only where a window is read for something else.
    `recognizers` are those beside Presidio's; None: ours.
    """

    def __init__(
        self, entities: Sequence[str], recognizers: Sequence[Recognizer] | None = None
    ) -> None:
        own = recognizers_with() if recognizers is None else recognizers
        self._patterns = tuple(_patterns_for(entities, own))
        self._set = _compiled(tuple(one.pattern for one in self._patterns))
        self._test_itself()

    def hits(self, text: str, *, is_start: bool = False) -> Hits:
        """What the text may hold; `is_start` if nothing stands before it in the file."""
        # Patterns that look at what stands before a number need something there.
        matched = self._matched(":" + text if is_start else text)
        hits = [self._patterns[index].hits for index in matched]
        return Hits(any(one.pattern for one in hits), any(one.name for one in hits))

    def _matched(self, text: str) -> list[int]:
        return self._set.Match(text.encode(errors="replace")) or []

    def _test_itself(self) -> None:
        """Every pattern must see its known string far inside a text of several kB."""
        for index, pattern in enumerate(self._patterns):
            text = "0.5,1.5\n" * 1000 + pattern.known + "\n0.5,1.5" * 10
            if pattern.known and index not in self._matched(text):
                raise ScanError(f"The scanner's fast pattern {index} is blind.", transient=True)

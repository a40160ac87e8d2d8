"""The gate: fast patterns over every byte, so that only windows worth it go to Presidio.

Each pattern lets through at least what `evidence.py` could keep of its kind: letting through
too much costs time, too little costs findings. RE2 has no catastrophic patterns; they are kept
small, for counted repetitions of wide classes blow up its automaton.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import re2

from backends.base import ScanError
from scanning.evidence import CONTEXT_WORDS

_NEVER = r"[^\x00-\x{10FFFF}]"
MAX_MEM_BYTES = 256 * 2**20  # beyond it RE2 may miss without a word: hence the self-test


@dataclass(frozen=True)
class Hits:
    """What a window may hold: something with a pattern, or a person's name."""

    pattern: bool = False
    name: bool = False


_INTRODUCTIONS = (
    "name|patient|participant|subject|investigator|author|contact|signed|dear|mr|mrs|ms|miss|dr"
    "|prof|nurse|mother|father|by|sincerely|regards|hi|hello|i am|i'm"
)


def _card(groups: str) -> str:
    """Not within a row of numbers."""
    return rf"(?m:^|[^\d \t])[ \t]?{groups}(?m:$|[^\d \t]|[ \t]+[^\d \t-])"


def _phone(groups: str) -> str:
    """Not after another number, on whatever line: then it is a cell of a table."""
    return rf"[^\d\s,;]\s*{groups}"


def _context(entities: Iterable[str]) -> str:
    """One of the words that such an entity needs, and a digit on the same line or the next."""
    words = [CONTEXT_WORDS[name] for name in entities if name in CONTEXT_WORDS]
    return rf"(?im)(?:{'|'.join(words)})[^\d\n]*\n?[^\d\n]*\d" if words else _NEVER


# (pattern, a known string that it must let through)
_PATTERNS = (
    (r"[^\s@]@[\pL\d][\pL\d.-]*\.[\pL]{2}", "ada@example.org"),
    (r"\b\d{3}-\d{2}-\d{4}\b", "536-90-4399"),
    (_card(r"\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}"), "4111 1111 1111 1111"),
    (_card(r"\d{4}[ -]\d{6}[ -]\d{5}"), "3782 822463 10005"),
    (r"(?i)\b[A-Z]{2}\d{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}", "DE89 3704 0044 0532 0130 00"),
    (r"\+\(?[1-9][\d ()-]{7}", "+49 30 901820"),
    (r"\+[1-9]\d{0,2}\.\d{1,4}\.\d", "+1.212.555.0198"),
    (_phone(r"\(\d{2,5}\)[ -]{0,2}\d{3,4}[ -]\d{3}"), "at (212)555-0198"),
    (_phone(r"\d{2,5}[ -]\d{3,4}[ -]\d{3}"), "at 212-555-0198"),
    (_phone(r"\d{3,5}[ -]\d{2}[ -]\d{3}"), "at 0171 23 45678"),
    (_phone(r"\d{2,4}(?:[ -]\d{2}){3}"), "at 06 12 34 56 78"),
)
_NAMES = (
    (r"\p{Lu}[\pL.'’-]* +(?:\p{Ll}+ +)?(?:\p{Ll}+ +)?\p{Lu}\pL", "Ada Lovelace"),
    (rf"(?i:{_INTRODUCTIONS})[^\pL\d\n]{{1,4}}\p{{Lu}}\pL", "Patient: Lovelace"),
)


class Gate:
    """The compiled patterns for these entities; `ScanError` if they do not see what they must."""

    def __init__(self, entities: Sequence[str]) -> None:
        options = re2.Options()
        options.max_mem = MAX_MEM_BYTES
        options.log_errors = False
        patterns = [pattern for pattern, _ in _PATTERNS]
        names = [pattern for pattern, _ in _NAMES]
        self._names_from = len(patterns) + 1
        self._set = re2.Set.SearchSet(options)
        for pattern in (*patterns, _context(entities), *names):
            self._set.Add(pattern)
        self._set.Compile()
        self._test_itself()

    def hits(self, text: str, *, is_start: bool = False) -> Hits:
        """What the text may hold; `is_start` if nothing stands before it in the file."""
        # Patterns that look at what stands before a number need something there.
        matched = self._matched(":" + text if is_start else text)
        return Hits(
            pattern=any(index < self._names_from for index in matched),
            name=any(index >= self._names_from for index in matched),
        )

    def _matched(self, text: str) -> list[int]:
        return self._set.Match(text.encode(errors="replace")) or []

    def _test_itself(self) -> None:
        """Every pattern must see its known string far inside a text of several kB."""
        known = [*enumerate(known for _, known in _PATTERNS)]
        known += enumerate((known for _, known in _NAMES), start=self._names_from)
        for index, string in known:
            if index not in self._matched("0.5,1.5\n" * 1000 + string + "\n0.5,1.5" * 10):
                raise ScanError(f"The scanner's fast pattern {index} is blind.", transient=True)

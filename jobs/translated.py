"""Stored reasons are English sentences; here the reader is told them in the page's language.

A sentence is found by its pattern, among others too. Whatever has none stays as it is: the words
of people, of research code, of Slurm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from django.utils.translation import gettext

from jobs.reasons import FILE, FRAGMENTS, SENTENCES

_BLANK = re.compile(r"%\((\w+)\)([ds])")
# Numbers that a database takes; words within one sentence.
_FILLED = {"d": r"\d{1,9}", "s": r"(?:(?!\. ).)+?"}
# Narrower where a sentence begins, to tell it from the one before, and beside another blank.
_NAMED = {
    "file": r"File \d+",
    "files": r"File \d+(?:, File \d+)*",
    "where": r"in (?:one place|\d+ places)",
}
Pattern = tuple[re.Pattern[str], str]


def pattern_of(sentence: str) -> str:
    """A regular expression for the sentence with its blanks, like %(number)d, filled in."""
    parts = []
    end = 0
    for blank in _BLANK.finditer(sentence):
        what = _NAMED.get(blank[1], _FILLED[blank[2]])
        parts += [re.escape(sentence[end : blank.start()]), f"(?P<{blank[1]}>{what})"]
        end = blank.end()
    return "".join([*parts, re.escape(sentence[end:])])


# Longer ones first: they say more than those that they begin like.
_SENTENCES: list[Pattern] = [
    (re.compile(rf"(?<!\S){pattern_of(text)}(?!\S)"), text)
    for text in sorted(SENTENCES, key=len, reverse=True)
]
_FRAGMENTS: list[Pattern] = [
    (re.compile(rf"(?<!\w){pattern_of(text)}(?!\w)"), text)
    for text in sorted(FRAGMENTS, key=len, reverse=True)
]


def translated(reason: str) -> str:
    """The stored reason in the reader's language, as far as its sentences are our own."""
    return _told(reason, _SENTENCES)


def file_numbers() -> re.Pattern[str]:
    """Finds "File 3" in what `translated` returns."""
    return re.compile(rf"{pattern_of(gettext(FILE))}\b")


def _told(text: str, patterns: Iterable[Pattern]) -> str:
    for pattern, sentence in patterns:
        text = pattern.sub(partial(_in_other_words, sentence), text)
    return text


def _in_other_words(sentence: str, found: re.Match[str]) -> str:
    blanks = {name: _told(value, _FRAGMENTS) for name, value in found.groupdict().items()}
    return re.sub(_BLANK, lambda blank: blanks[blank[1]], gettext(sentence))

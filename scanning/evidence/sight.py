"""A raw finding with what stands around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backends.presidio import RawFinding
from scanning.evidence.words import CONTEXT_WORDS

STRONG = 0.5  # from here on evidence decides, by the default policy
WEAK = 0.3  # is only told

_BEFORE_CHARS = 60
_AFTER_CHARS = 30
_CONTEXT_CHARS = 40
_CONTEXT = {name: re.compile(words, re.IGNORECASE) for name, words in CONTEXT_WORDS.items()}

# All of these end in \Z: $ would also look across a line end, and hide what begins a line.
# A number glued to one of these is a part of a longer one, of a path or of an identifier.
_GLUED_BEFORE = re.compile(r"(?:\d[.,]|[.\-+/\w])\Z")
_GLUED_AFTER = re.compile(r"[.,]?\d|\.\w|[\w/]")
# A number with separators of its own may have a comma beside it: it is a cell of a table.
_RUNS_ON_BEFORE = re.compile(r"[.\-+/\w]\Z")
_RUNS_ON_AFTER = re.compile(r"[\w/-]|\.\w")


@dataclass(frozen=True)
class Sight:
    """A raw finding with what stands around it; never leaves the process that reads the file."""

    score: float
    value: str
    before: str
    after: str
    is_prose: bool = False  # of the text around it

    @classmethod
    def of(cls, finding: RawFinding, text: str, *, is_prose: bool) -> Sight:
        """What `finding` is a sight of in `text`."""
        return cls(
            score=finding.score,
            value=text[finding.start : finding.end],
            before=text[max(0, finding.start - _BEFORE_CHARS) : finding.start],
            after=text[finding.end : finding.end + _AFTER_CHARS],
            is_prose=is_prose,
        )

    @property
    def digits(self) -> int:
        """How many digits the value has."""
        return sum(character.isdigit() for character in self.value)

    @property
    def is_glued(self) -> bool:
        """Whether the value is a piece of a longer number or word."""
        return self.is_glued_before or self.is_glued_after

    @property
    def is_glued_before(self) -> bool:
        """Whether a longer number or word ends in it."""
        return _GLUED_BEFORE.search(self.before) is not None

    @property
    def is_glued_after(self) -> bool:
        """Whether a longer number or word begins with it."""
        return _GLUED_AFTER.match(self.after) is not None

    @property
    def runs_on(self) -> bool:
        """The same for a value with separators of its own."""
        return bool(_RUNS_ON_BEFORE.search(self.before) or _RUNS_ON_AFTER.match(self.after))

    def has_context(self, entity: str) -> bool:
        """Whether one of the entity's words stands shortly before it."""
        return bool(_CONTEXT[entity].search(self.before[-_CONTEXT_CHARS:]))


def has_words_for(entity: str) -> bool:
    """Whether there are words that make a number this entity."""
    return entity in _CONTEXT

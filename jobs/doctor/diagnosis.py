"""What a check is, and what it may find."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Health(Enum):
    """How grave it is; the value is the mark at the beginning of a line."""

    OK = "ok"
    WARNING = "warn"  # it works, but not as it should, or nobody can tell
    FAULT = "FAULT"  # jobs wait, fail or do harm until it is mended


@dataclass(frozen=True)
class Answer:
    """What one look showed. `mend`: what the operator does about it."""

    health: Health
    what: str
    mend: str = ""


def well(what: str) -> Answer:
    """All is as it should be."""
    return Answer(Health.OK, what)


def warn(what: str, mend: str) -> Answer:
    """It works, but somebody should know."""
    return Answer(Health.WARNING, what, mend)


def fault(what: str, mend: str) -> Answer:
    """It does not work."""
    return Answer(Health.FAULT, what, mend)


@dataclass(frozen=True)
class Check:
    """One thing to look at. `mend` is what helps if the look itself fails."""

    name: str
    look: Callable[[], Answer]
    mend: str = ""


# An area yields its checks one by one and is told how each came out: what depends on something
# broken need not be looked at, and then only the cause is called a fault.
Checks: TypeAlias = Generator[Check, Health, None]


@dataclass(frozen=True)
class Diagnosis:
    """What a check found, for a line of text or a row of the page."""

    area: str
    name: str
    health: Health
    what: str
    mend: str = ""
    took_s: float = 0.0

    @property
    def is_fault(self) -> bool:
        """Something has to be mended."""
        return self.health is Health.FAULT

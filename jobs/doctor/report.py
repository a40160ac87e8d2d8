"""Diagnoses in words: lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from jobs.doctor.diagnosis import Diagnosis, Health

SHOWN_FROM_S = 0.001


def as_line(diagnosis: Diagnosis) -> str:
    """One line: mark, area, check, what was seen, and how to mend it.

    What others said (a cluster, a mail server) is in there: nothing of it may steer a terminal.
    """
    mark, mend = diagnosis.health.value, f" -- {diagnosis.mend}" if diagnosis.mend else ""
    took = f"  {took_words(diagnosis)}" if took_words(diagnosis) else ""
    line = f"{mark:<6}{diagnosis.area:<10}{diagnosis.name:<28}{diagnosis.what}{took}{mend}"
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def took_words(diagnosis: Diagnosis) -> str:
    """How long it took; nothing for what was only judged."""
    if diagnosis.took_s < SHOWN_FROM_S:
        return ""
    if diagnosis.took_s < 1:
        return f"{diagnosis.took_s * 1000:.0f} ms"
    return f"{diagnosis.took_s:.1f} s"


def summary(found: Mapping[Health, int]) -> str:
    """The last line."""
    faults, warnings = found.get(Health.FAULT, 0), found.get(Health.WARNING, 0)
    well = found.get(Health.OK, 0)
    return f"{_many(faults, 'fault')}, {_many(warnings, 'warning')}, {well} ok."


def _many(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"

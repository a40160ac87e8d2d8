"""Walking through one area of the doctor without threads."""

from __future__ import annotations

from jobs.doctor.diagnosis import Answer, Checks, Health


def answers(checks: Checks) -> dict[str, Answer]:
    """Each check's answer by its name, in order."""
    found: dict[str, Answer] = {}
    check = next(checks, None)
    while check:
        found[check.name] = check.look()
        try:
            check = checks.send(found[check.name].health)
        except StopIteration:
            break
    return found


def faults(found: dict[str, Answer]) -> list[str]:
    """The names of those that are faults."""
    return [name for name, answer in found.items() if answer.health is Health.FAULT]

"""Which results of a rehearsal's two runs are not the same, and how, in words for a PI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs import reasons
from jobs.models import Job, ResultFile
from jobs.wording import shown_name

NAMED = 5
NAME_CHARACTERS = 100
MOST = 10**9  # of a line's number in a sentence


@dataclass(frozen=True)
class Difference:
    """A result that is not the same in both runs: its size in bytes, None where it is not there."""

    name: str
    before: int | None
    after: int | None


def differences(first: Job, second: Job) -> list[Difference]:
    """All of them, by name."""
    one, other = _results(first), _results(second)
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return [Difference(name, _size(one.get(name)), _size(other.get(name))) for name in names]


def _results(job: Job) -> dict[str, tuple[int, str]]:
    rows: Iterable[ResultFile] = job.results.all()
    return {row.name: (row.size_bytes, row.sha256) for row in rows}


def _size(result: tuple[int, str] | None) -> int | None:
    return result and result[0]


def told_differences(different: list[Difference], notes: Mapping[str, Any]) -> str:
    """The first of them, and how many more there are.

    `notes`: the second run's manifest; its node has told where files part, but nothing of what
    stands there: results may be personal data, and this is kept and mailed.
    """
    places = _places(notes.get("differences"))
    told = [_told(one, places.get(one.name, {})) for one in different[:NAMED]]
    more = f" (+{len(different) - NAMED})" if len(different) > NAMED else ""
    return "; ".join(told) + more


def _told(one: Difference, place: Mapping[str, Any]) -> str:
    name = shown_name(one.name)[:NAME_CHARACTERS]
    told = {"name": name, "before": one.before, "after": one.after, **place}
    return _how(one, place) % told


def _how(one: Difference, place: Mapping[str, Any]) -> str:
    if one.after is None:
        return reasons.ONLY_BEFORE
    if one.before is None:
        return reasons.ONLY_AFTER
    if "line" in place:
        return reasons.DIFFERS_IN_LINE
    return reasons.DIFFERS_IN_BYTE if "byte" in place else reasons.DIFFERS


def _places(told: object) -> dict[str, dict[str, int]]:
    """What the node noted of each name; research code could have written anything there."""
    rows = told if isinstance(told, list) else []
    return {str(row.get("name")): _numbers(row) for row in rows if isinstance(row, dict)}


def _numbers(row: Mapping[str, Any]) -> dict[str, int]:
    return {
        key: row[key]
        for key in ("line", "byte")
        if type(row.get(key)) is int and 0 < row[key] < MOST
    }

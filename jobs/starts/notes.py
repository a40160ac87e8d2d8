"""What the node's program noted of each start, by its begin and its end file.

Research code may have written them: nothing in them is believed beyond its form, no time that
cannot be, and no start that Slurm cannot have made.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from backends.base import Cluster
from backends.jobdir import EndFile, end_name, parse_end
from jobs.manifest import storable
from jobs.models import Job, Stage

MAX_NOTE_BYTES = 10_000
MAX_STARTS = 10_000  # of one submission, all tasks together
CLOCKS_DIFFER_BY = timedelta(minutes=10)
MAX_SET_ASIDE = 8
_NAME = re.compile(r"(?:begin|end)\.(?:(0|[1-9][0-9]{0,3})\.)?(0|[1-9][0-9]{0,3})\.json")
_PART = re.compile(r"part\.(0|[1-9][0-9]{0,3})")
Begun = dict[str, Any]


@dataclass(frozen=True)
class StartNote:
    """One start, as far as its files tell of it."""

    node: str = ""
    started_at: datetime | None = None
    stopped_at: datetime | None = None  # when it was told to end
    progress: float | None = None
    begun_with: Begun = field(default_factory=dict)
    kept: Begun = field(default_factory=dict)  # what it left, as far as it had time to look
    end: EndFile | None = None  # it ended by itself


def read_notes(job: Job, cluster: Cluster, now: datetime) -> dict[tuple[int, int], StartNote]:
    """The notes of this submission's starts, by task and number; `ClusterError`."""
    begins = cluster.read_files(job.key, "begin.", max_bytes=MAX_NOTE_BYTES)
    is_array = job.stage == Stage.PARTS  # else the look itself tells of the one end that there is
    ends = cluster.read_files(job.key, "end.", max_bytes=MAX_NOTE_BYTES) if is_array else {}
    span = (job.created_at - CLOCKS_DIFFER_BY, now + CLOCKS_DIFFER_BY)
    told = {mark: _begin(data, span) for mark, data in _by_mark(job, begins).items()}
    for mark, data in _by_mark(job, ends).items():
        told[mark] = _with_end(told.get(mark) or StartNote(), mark[1], data, span)
    return dict(sorted(told.items())[:MAX_STARTS])


def _by_mark(job: Job, files: Mapping[str, bytes]) -> dict[tuple[int, int], bytes]:
    """Those that this stage's starts can have written: an array's name their task too."""
    found = {}
    for name, data in files.items():
        if mark := _NAME.fullmatch(name):
            task, number = int(mark[1] or 0), int(mark[2])
            if _may_be(job, task, number, has_task=mark[1] is not None):
                found[task, number] = data
    return found


def _may_be(job: Job, task: int, number: int, *, has_task: bool) -> bool:
    if number > job.restart_count:  # of an array that is the sum of all its tasks'
        return False
    return not has_task or task < job.tasks


def _begin(data: bytes, span: tuple[datetime, datetime]) -> StartNote:
    told = _parsed(data)
    started_at = _moment(told.get("started_at"), span)
    stopped_at = _moment(told.get("stopped_at"), span)
    if started_at and stopped_at and stopped_at < started_at:
        stopped_at = None
    return StartNote(
        node=_line(told.get("node")) or "",
        started_at=started_at,
        stopped_at=stopped_at,
        progress=_fraction(told.get("progress")),
        begun_with=begun_with(told.get("begun_with")),
        kept=begun_with(told.get("kept")),
    )


def _with_end(
    note: StartNote, number: int, data: bytes, span: tuple[datetime, datetime]
) -> StartNote:
    end = parse_end(end_name(number), data)
    if end is None or not span[0] <= end.started_at <= end.ended_at <= span[1]:
        return note
    started_at = note.started_at or end.started_at
    return replace(note, node=note.node or end.node, started_at=started_at, end=end)


def parts_kept(job: Job, cluster: Cluster) -> Begun:
    """How many parts of its array are finished; {} where there are none. `ClusterError`."""
    if job.stage not in (Stage.PARTS, Stage.MERGE):
        return {}
    found = [_PART.fullmatch(name) for name in cluster.list_files(job.kept_key, "part.")]
    done = sum(1 for part in found if part and int(part[1]) < (job.parts or 0))
    return {"kind": "parts", "done": done, "of": job.parts} if done else {}


def begun_with(told: Any) -> Begun:
    """What a start found of earlier work: of each kind the fields that it may have, if they hold.

    Empty for nothing, and for what makes no sense.
    """
    kind = told.get("kind") if isinstance(told, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        return {}
    read = {name: _FIELDS[name](told[name]) for name in _KINDS[kind] if name in told}
    return {"kind": kind} | {name: value for name, value in read.items() if value is not None}


def holds_work(begun: Begun) -> bool:
    """Whether anything of an earlier start's work was there, and could be used."""
    return bool(begun) and begun.get("done") != 0 and begun.get("generation") != 0


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _moment(value: Any, span: tuple[datetime, datetime]) -> datetime | None:
    seconds = _epoch(value)
    at = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return at if at and span[0] <= at <= span[1] else None


def _epoch(value: Any) -> float | None:
    """Seconds since 1970, of this century."""
    number = _number(value)
    return number if number is not None and 0 < number < 4_102_444_800 else None


def _fraction(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 <= number <= 1 else None


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**53 else None


def _number(value: Any) -> float | None:
    if type(value) not in (int, float) or not math.isfinite(value):
        return None
    return float(value)


def _line(value: Any) -> str | None:
    """One line of printable text, not too long; so no character of it can mislead a reader."""
    if not isinstance(value, str):
        return None
    return "".join(c if c.isprintable() else " " for c in storable(value[:200])).strip() or None


def _lines(value: Any) -> list[str] | None:
    if not isinstance(value, list):
        return None
    return [line for each in value[:MAX_SET_ASIDE] if (line := _line(each))] or None


_FIELDS = {
    "saved_at": _epoch,
    "size_bytes": _count,
    "fraction": _fraction,
    "digest": _line,
    "done": _count,
    "of": _count,
    "generation": _count,
    "set_aside": _lines,
}
_SAVED = ("saved_at", "size_bytes", "fraction")
_KINDS = {
    "checkpoint": (*_SAVED, "digest"),
    "parts": ("done", "of"),
    "dmtcp": (*_SAVED, "generation", "set_aside"),
}

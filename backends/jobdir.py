"""The job directory as every cluster knows it: names in it, and the end file of each run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unicodedata import category

from backends.base import Phase, Run

JOB_SCRIPT = "job.sh"
LOG = "log.txt"
# No job is restarted so often; research code may have written a file of any number.
MAX_ATTEMPT = 10_000
MAX_UNPROVED_ATTEMPT = 1000
_NUMBER = "(0|[1-9][0-9]{0,4})"
_END_NAME = re.compile(rf"end\.(?:{_NUMBER}\.)?{_NUMBER}\.json")
MAX_NAMES_BYTES = 2**20
MAX_FILES_BYTES = 16 * 2**20
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class EndFile:
    """What a run wrote of its own end; `exit_code` 0 says only that it ended by itself, well."""

    restart_count: int
    exit_code: int
    reason: str
    node: str
    started_at: datetime
    ended_at: datetime
    task: int | None = None  # of an array

    @property
    def phase(self) -> Phase:
        """Completed or failed: a run that was stopped writes no end file."""
        return Phase.COMPLETED if self.exit_code == 0 else Phase.FAILED

    def as_run(self, cpus: int = 0) -> Run:
        """The run that this file tells of."""
        seconds = max(0.0, (self.ended_at - self.started_at).total_seconds())
        return Run(
            restart_count=self.restart_count,
            phase=self.phase,
            slurm_state=self.phase.name,
            node=self.node,
            started_at=self.started_at,
            ended_at=self.ended_at,
            exit_code=self.exit_code,
            core_seconds=round(seconds * cpus),
            task=self.task or 0,
        )


def plain_name(name: str) -> str:
    """The name itself, if it is one plain path component; else `ValueError` (our own bug)."""
    if not is_plain(name):
        raise ValueError(f"not a plain name: {name!r}")
    return name


def is_plain(name: str) -> bool:
    """Whether it is one plain path component, such as our own programs write."""
    return _PLAIN.fullmatch(name) is not None


def checked_files(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files, if their names are plain and job.sh is among them."""
    if JOB_SCRIPT not in files:
        raise ValueError(f"a submission without {JOB_SCRIPT}")
    return {plain_name(name): data for name, data in files.items()}


def end_name(restart_count: int, task: int | None = None) -> str:
    """The end file of one run; each task of an array has runs of its own."""
    return f"end.{restart_count}.json" if task is None else f"end.{task}.{restart_count}.json"


def log_name(task: int | None = None) -> str:
    """What the runs print, one after another."""
    return LOG if task is None else f"log.{task}.txt"


def newest_name(task: int | None = None) -> str:
    """The file that holds the number of the newest run that has begun."""
    return "newest" if task is None else f"newest.{task}"


def parse_end(name: str, text: bytes) -> EndFile | None:
    """The end of one run; None if the file tells of none.

    Research code may have written it: trust nothing. A run that another one superseded gave way;
    that is no end of the job.
    """
    found = _END_NAME.fullmatch(name)
    if not found or int(found[2]) > MAX_ATTEMPT:
        return None
    task = None if found[1] is None else int(found[1])
    try:
        end = _told(int(found[2]), task, json.loads(text, parse_constant=_no_number))
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        OverflowError,
        OSError,
        RecursionError,
    ):
        return None
    return None if end.reason == "superseded" else end


def credible(ends: Iterable[EndFile], newest: int | None = None) -> list[EndFile]:
    """The ends of runs that may have been, by number; `newest`: the last that accounting knows."""
    most = MAX_UNPROVED_ATTEMPT if newest is None else newest
    known = [end for end in ends if end.restart_count <= most]
    return sorted(known, key=lambda end: end.restart_count)


def _told(number: int, task: int | None, told: Any) -> EndFile:
    return EndFile(
        restart_count=number,
        task=task,
        exit_code=_exit_code(told["exit_code"]),
        reason=_line(told.get("reason", "")),
        node=_line(told.get("node", "")),
        started_at=datetime.fromtimestamp(float(told["started_at"]), UTC),
        ended_at=datetime.fromtimestamp(float(told["ended_at"]), UTC),
    )


def _exit_code(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 255:
        raise ValueError(value)
    return value


def _line(value: Any) -> str:
    """Text that every database takes: without control characters and lone surrogates."""
    if not isinstance(value, str) or any(category(c) in ("Cc", "Cs") for c in value):
        raise ValueError(value)
    return value[:200]


def _no_number(word: str) -> float:
    raise ValueError(word)  # NaN and Infinity are no JSON

"""The job directory as every cluster knows it: names in it, and the end file of each run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from backends.base import Phase, Run

JOB_SCRIPT = "job.sh"
LOG = "log.txt"
_END_NAME = re.compile(r"end\.(\d{1,9})\.json")
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
        )


def plain_name(name: str) -> str:
    """The name itself, if it is one plain path component; else `ValueError` (our own bug)."""
    if not _PLAIN.fullmatch(name):
        raise ValueError(f"not a plain name: {name!r}")
    return name


def checked_files(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files, if their names are plain and job.sh is among them."""
    if JOB_SCRIPT not in files:
        raise ValueError(f"a submission without {JOB_SCRIPT}")
    return {plain_name(name): data for name, data in files.items()}


def end_name(restart_count: int) -> str:
    """The end file of one run."""
    return f"end.{restart_count}.json"


def parse_end(name: str, text: bytes) -> EndFile | None:
    """An end file; None if it is not one. Research code may have written it: trust nothing."""
    found = _END_NAME.fullmatch(name)
    if not found:
        return None
    try:
        told = json.loads(text)
        return EndFile(
            restart_count=int(found[1]),
            exit_code=int(told["exit_code"]),
            reason=str(told.get("reason", ""))[:200],
            node=str(told.get("node", ""))[:200],
            started_at=datetime.fromtimestamp(float(told["started_at"]), UTC),
            ended_at=datetime.fromtimestamp(float(told["ended_at"]), UTC),
        )
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        OSError,
        RecursionError,
    ):
        return None

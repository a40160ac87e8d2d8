"""Jobs that do nothing, through a whole site: one after another, and many at once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.bench.engine.site import EngineSite
from deploy.bench.engine.timeline import JobTimes, slurm_ends, steps_of
from deploy.bench.engine.visitor import click, prepare
from deploy.testbed.place import PartError
from deploy.testbed.site import until

LETTERS_PER_JOB = 2  # received, delivered
CLICKS_AT_ONCE = 4


@dataclass(frozen=True)
class Runs:
    """The steps of each job that was sent alone, and how fast many at once went through."""

    alone: Sequence[Mapping[str, float]]
    jobs_per_min: float


def measure(site: EngineSite, *, alone: int, at_once: int) -> Runs:
    """Both measurements on a site that is started for them; the first job only warms it up."""
    site.start()
    clicked: dict[str, datetime] = {}
    for number in range(alone + 1):
        clicked |= _send(site, [f"alone-{number}@bench.example"])
    crowd = _send(site, [f"crowd-{number}@bench.example" for number in range(at_once)])
    rows = {row["email"]: row for row in site.ask("rows.timelines()")}
    site.stop()
    ends = slurm_ends(slurm_log(site).read_text(errors="replace"))
    times = [_times(email, rows[email], at, ends) for email, at in clicked.items()]
    return Runs([steps_of(each) for each in times[1:]], _jobs_per_min(crowd, rows))


def slurm_log(site: EngineSite) -> Path:
    """Where slurmctld says when a job has ended, to the millisecond."""
    return site.bed.state / "slurm" / "log" / "slurmctld.log"


def _send(site: EngineSite, emails: Sequence[str]) -> dict[str, datetime]:
    """Press all the buttons, wait for all the letters; when each button was pressed."""
    expected = site.count_letters() + LETTERS_PER_JOB * len(emails)
    with ThreadPoolExecutor(CLICKS_AT_ONCE) as pool:
        visits = list(pool.map(lambda email: prepare(site.page, email), emails))
        clicked = list(pool.map(click, visits))
    what = f"the last of {len(emails)} letters"
    until(lambda: site.count_letters() >= expected, what=what)
    time.sleep(1)  # the letter is noted as sent after it has arrived; and a moment's rest
    return dict(zip(emails, clicked, strict=True))


def _times(
    email: str, row: Mapping[str, Any], clicked_at: datetime, ends: Mapping[str, datetime]
) -> JobTimes:
    if row["state"] not in ("delivered", "expired") or row["slurm_id"] not in ends:
        raise PartError(f"the job of {email} is {row['state']}, and nothing was to disturb it")
    moves = {state: datetime.fromisoformat(at) for state, at in row["moves"].items()}
    return JobTimes(
        clicked_at, moves, ends[row["slurm_id"]], datetime.fromisoformat(row["sent_at"])
    )


def _jobs_per_min(crowd: Mapping[str, datetime], rows: Mapping[str, Any]) -> float:
    last = max(datetime.fromisoformat(rows[email]["sent_at"]) for email in crowd)
    return 60 * len(crowd) / (last - min(crowd.values())).total_seconds()

"""What really happened, as the world outside the site tells it."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from deploy.chaos.seen import Result, Run, SlurmJob
from deploy.testbed import Bed, PartError, control

LINK = re.compile(r"http://127\.0\.0\.1:\d+/r/[\w-]+/")
SACCT = ("sacct", "-D", "-X", "-n", "-P", "-a", "-o", "JobID,JobName,State,End")
CAUGHT_UP_WITHIN_S = 240
OPEN = ("PENDING", "RUNNING", "SUSPENDED")


@dataclass(frozen=True)
class Arrival:
    """One letter in the mail sink's folder."""

    at: float
    message_id: str
    link: str  # to a result, or ""


def arrivals(folder: Path, sender: str) -> list[Arrival]:
    """Every letter that has come from this address, in the order they came."""
    found = []
    for path in sorted(folder.glob("*.eml")):
        letter = message_from_bytes(path.read_bytes(), policy=policy.compat32)
        if sender in str(letter["From"]):
            link = LINK.search(_text(letter))
            at = int(path.name.partition("-")[0]) / 1e9
            found.append(Arrival(at, str(letter["Message-ID"]), link[0] if link else ""))
    return found


def _text(letter: object) -> str:
    parts = [part for part in letter.walk() if part.get_content_type() == "text/plain"]  # type: ignore[attr-defined]
    return "".join(part.get_payload(decode=True).decode(errors="replace") for part in parts)


def runs(folder: Path) -> list[Run]:
    """What the research code wrote: one `Run` for each file."""
    found = []
    for path in sorted(folder.iterdir()):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        if lines:
            has_ended = any(line["what"] == "end" for line in lines)
            first = lines[0]
            found.append(Run(first["token"], first["slurm_id"], first["restart"], has_ended))
    return found


def slurm_jobs(bed: Bed, since: float, ids: Iterable[str]) -> list[SlurmJob]:
    """What accounting knows of these jobs, once it has caught up."""
    wanted, deadline = set(ids), time.monotonic() + CAUGHT_UP_WITHIN_S
    rows, before = _sacct(bed, since, wanted), None
    while (rows != before or _is_open(rows)) and time.monotonic() < deadline:
        time.sleep(3)
        rows, before = _sacct(bed, since, wanted), rows
    return rows


def _is_open(rows: Sequence[SlurmJob]) -> bool:
    return any(row.state in OPEN for row in rows)


def _sacct(bed: Bed, since: float, wanted: set[str]) -> list[SlurmJob]:
    start = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(since))
    try:
        text = control.slurm(*SACCT, "-S", start, bed=bed)
    except PartError:
        time.sleep(2)
        text = control.slurm(*SACCT, "-S", start, bed=bed)
    return parse_sacct(text, wanted)


def parse_sacct(text: str, wanted: set[str]) -> list[SlurmJob]:
    """The rows of our own jobs; those of an array's tasks have its id."""
    found = []
    for line in text.splitlines():
        slurm_id, name, state, _end = line.split("|")
        if name.startswith("fl-") and name[3:39] in wanted:
            found.append(SlurmJob(slurm_id.partition("_")[0], name, state.split()[0]))
    return found


def left_running(bed: Bed, ids: Iterable[str]) -> list[str]:
    """The names of Slurm jobs of ours that still live."""
    wanted = set(ids)
    names = control.slurm("squeue", "-h", "-a", "-o", "%j", bed=bed).split()
    return [name for name in names if name.startswith("fl-") and name[3:39] in wanted]


def results(links: Mapping[str, str]) -> list[Result]:
    """What is behind the mailed link of each job, fetched as the collaborator does."""
    return [Result(job_id, _fetched(link)) for job_id, link in links.items()]


def _fetched(link: str) -> str:
    for _again in range(3):
        try:
            with urlopen(Request(f"{link}1", b"", method="POST"), timeout=60) as answer:
                return hashlib.sha256(answer.read()).hexdigest()
        except HTTPError as error:
            error.close()
        except (OSError, HTTPException):
            pass
        time.sleep(1)
    return ""


def counted(found: Iterable[Arrival]) -> dict[str, int]:
    """How often each Message-ID arrived."""
    counts: dict[str, int] = defaultdict(int)
    for arrival in found:
        counts[arrival.message_id] += 1
    return counts

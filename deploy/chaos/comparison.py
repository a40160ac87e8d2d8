"""Reading ledger and truth at the end of a run, and what is told of them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.chaos import truth
from deploy.chaos.costs import Step, costs
from deploy.chaos.course import Course
from deploy.chaos.ledger import Ledger
from deploy.chaos.report import Frame, cost_table, last_line, letter_delays, middle, stories
from deploy.chaos.seen import Case, Letter, Row
from deploy.chaos.verdict import Verdict, judge
from deploy.testbed.site import needed


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    verdict: Verdict
    cases: Sequence[Case]
    words: str  # the stories, the costs, and at last the line of figures


def compare(course: Course, folder: Path, *, seed: int, database: str) -> Outcome:
    """Ask both sides, judge, and keep all of it in `folder`."""
    site, bed = course.scene.site, course.scene.bed
    minutes = (time.time() - course.began_at) / 60
    rows = course.ledger.rows()
    cases = [
        Case(v.order, v.was_received, tuple(rows.get(v.order.email, [])), v.words)
        for v in course.visits
    ]
    ids = [row.id for case in cases for row in case.rows]
    arrived = truth.arrivals(needed(site.bed.mail).folder, site.mail_from)
    letters = course.ledger.letters(truth.counted(arrived))
    delivered = _of_kind(letters, arrived, "delivered")
    links = {job_id: arrival.link for job_id, arrival in delivered.items()}
    slurm_jobs = truth.slurm_jobs(bed, course.began_at, ids)
    runs = truth.runs(site.truth)
    verdict = judge(cases, slurm_jobs, runs, letters, truth.results(links))
    delays = letter_delays(cases, {pk: arrival.at for pk, arrival in delivered.items()})
    frame = Frame(
        seed=seed,
        database=database,
        minutes=minutes,
        faults=len(course.storm.mishaps),
        without=site.without,
        left_running=len(truth.left_running(bed, ids)),
        operator=len(course.operator.acts),
        letter_after_s=middle(delays),
    )
    steps = _steps(cases, arrived)
    ends = [(m.kind, m.ended_at) for m in course.storm.mishaps if not m.trouble]
    told = [stories(verdict, cases, slurm_jobs, runs), cost_table(costs(ends, steps))]
    words = "\n".join([*(text for text in told if text), last_line(verdict, frame)])
    _keep(course.ledger, folder, words)
    return Outcome(verdict, cases, words)


def _of_kind(
    letters: Sequence[Letter], arrived: Sequence[truth.Arrival], kind: str
) -> dict[str, truth.Arrival]:
    """The first arrival of this kind of letter, by job."""
    first = {arrival.message_id: arrival for arrival in reversed(arrived)}
    return {
        letter.job_id: first[letter.message_id]
        for letter in letters
        if letter.kind == kind and letter.message_id in first
    }


def _steps(cases: Sequence[Case], arrived: Sequence[truth.Arrival]) -> list[Step]:
    rows: list[Row] = [row for case in cases for row in case.rows]
    moves = [Step(move.at.timestamp(), move.old) for row in rows for move in row.moves]
    return moves + [Step(arrival.at, "letter") for arrival in arrived]


def _keep(ledger: Ledger, folder: Path, words: str) -> None:
    tables: Mapping[str, object] = ledger.dump()
    (folder / "ledger.json").write_text(json.dumps(tables, default=str, indent=1))
    (folder / "report.txt").write_text(words + "\n")

"""What whoever decides about a job is shown of its check: place, kind and number, never a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from jobs.check import wording as check_wording
from jobs.check.report import (
    LookedAt,
    Summary,
    finding_handling,
    gap_handling,
    noted,
    summary_of,
    with_looks,
)
from jobs.models import FileScan, Finding, Job
from jobs.states import State
from jobs.wording import shown_name
from scanning.policy import Handling, Policy

MOST_FILES = 200
Words = Mapping[Handling, object]  # lazily translated
_FOLLOWS: Words = {
    Handling.OFF: lazy("nothing"),
    Handling.WARN: lazy("a warning"),
    Handling.HOLD: lazy("holds the job"),
    Handling.REJECT: lazy("rejects the job"),
}
_FOLLOWED: Words = {**_FOLLOWS, Handling.HOLD: lazy("held the job")}


@dataclass(frozen=True)
class Point:
    """One thing to know: of a finding, or of what was not looked at."""

    what: str
    where: str
    certainty: str
    follows: str


@dataclass(frozen=True)
class Row:
    """One scanner's look at one file."""

    file: str
    scanner: str
    how_far: str
    read_as: str
    points: tuple[Point, ...]
    small_print: str


@dataclass(frozen=True)
class Review:
    """All of it; of an upload of thousands, the files that something is to be said of."""

    summary: Summary
    rows: Sequence[Row]
    not_shown: int


def review_of(job: Job) -> Review | None:
    """What there is to decide from; None before the check has ended."""
    summary = summary_of(job)
    if summary is None:
        return None
    files = [one.file for one in noted(job)] or list(job.upload.files.all()[:MOST_FILES])
    shown = with_looks(job, files[:MOST_FILES])
    policy, words = job.frozen.policy, _words_for(job)
    rows = [row for one in shown for row in _rows(one, job, policy, words)]
    return Review(summary, rows, not_shown=job.upload.files.count() - len(shown))


def _words_for(job: Job) -> Words:
    """What follows from something; in the past once a held job is held no more."""
    was_held = job.state != State.HELD and job.transitions.filter(old=State.HELD).exists()
    return _FOLLOWED if was_held else _FOLLOWS


def _rows(one: LookedAt, job: Job, policy: Policy, words: Words) -> list[Row]:
    return [
        Row(
            file=f"{one.file.number}. {shown_name(one.file.name)}",
            scanner=check_wording.scanner_name(looked.scan.scanner),
            how_far=check_wording.coverage(looked.scan),
            read_as=check_wording.read_as(looked.scan),
            points=(
                *(_found(finding, job, policy, words) for finding in looked.findings),
                *_unseen(looked.scan, policy, words),
            ),
            small_print=_small_print(looked.scan),
        )
        for looked in one.looks
    ]


def _found(finding: Finding, job: Job, policy: Policy, words: Words) -> Point:
    return Point(
        what=check_wording.kind_found(finding, job),
        where=check_wording.places_found(finding),
        certainty=f"{finding.score:.0%}",
        follows=str(words[finding_handling(finding, policy)]),
    )


def _unseen(scan: FileScan, policy: Policy, words: Words) -> list[Point]:
    if scan.coverage == FileScan.Coverage.COMPLETE:
        return []
    follows = str(words[gap_handling(scan, policy)])
    return [Point(what=_("not all was looked at"), where="", certainty="", follows=follows)]


def _small_print(scan: FileScan) -> str:
    words = [f"{name} {version}" for name, version in scan.versions.items()]
    words += [_("seed %(seed)d") % {"seed": scan.seed}] if scan.seed is not None else []
    return ", ".join(words)

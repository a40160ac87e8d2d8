"""How far the inputs were checked before the run, in its record: coverage, never findings."""

from __future__ import annotations

from backends.base import Coverage
from jobs.check.report import Cover, summary_of
from jobs.models import Job
from jobs.results.record.entities import Entity, entity, figure, refs

_HOW = {
    Coverage.COMPLETE: "as a whole",
    Coverage.PARTIAL: "in part",
    Coverage.SKIPPED: "not at all",
}


def checks_of(job: Job, inputs: list[Entity]) -> tuple[list[Entity], list[Entity]]:
    """For each scanner the check of the inputs, and how much of them it covered."""
    summary = summary_of(job)
    covers = summary.covers if summary else ()
    coverages = [_coverage(cover) for cover in covers]
    checks = [
        entity(
            f"#check-{cover.scanner}",
            "AssessAction",
            name=f"Check of the inputs by {cover.scanner}",
            description=f"Versions: {', '.join(cover.versions) or 'not known'}.",
            object=refs(inputs),
            result=refs([coverage]),
        )
        for cover, coverage in zip(covers, coverages, strict=True)
    ]
    return checks, coverages


def _coverage(cover: Cover) -> Entity:
    files = [f"{cover.files[how]} {words}" for how, words in _HOW.items() if how in cover.files]
    seen = f"{cover.scanned_bytes} of {cover.size_bytes} bytes"
    why = f" Why not all: {', '.join(cover.reasons)}." if cover.reasons else ""
    text = f"Of {cover.count} files it looked at {', '.join(files)}; {seen}.{why}"
    return figure(f"#coverage-{cover.scanner}", "Coverage", cover.coverage.name, description=text)

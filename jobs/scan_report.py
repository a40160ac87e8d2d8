"""What the check of an upload covered and found: of the whole, and of each file.

Read from rows, which stay when files go; pure where it is reckoned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from backends.base import Coverage, FindingReport, ScanReport
from jobs.models import FileScan, Finding, Job
from scanning.policy import STRICT, Handling, Policy
from uploads.models import UploadedFile


@dataclass(frozen=True)
class Look:
    """What one scanner looked at of one file, as a row has it."""

    scanner: str
    coverage: Coverage
    size_bytes: int
    scanned_bytes: int
    reasons: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What one scanner found in all files: how often, and in how many of them."""

    count: int = 0
    files: int = 0
    is_likely: bool = True  # False: all of it is too uncertain to decide anything


@dataclass(frozen=True)
class Cover:
    """What one scanner looked at of all files."""

    scanner: str
    coverage: Coverage
    files: Mapping[Coverage, int]  # how many of each
    size_bytes: int
    scanned_bytes: int
    reasons: tuple[str, ...]  # the commonest first
    versions: tuple[str, ...]
    found: Found

    @property
    def count(self) -> int:
        """How many files there are."""
        return sum(self.files.values())


@dataclass(frozen=True)
class Summary:
    """The verdict on an upload: COMPLETE only where every scanner looked at all of every file."""

    coverage: Coverage
    covers: tuple[Cover, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why not all was looked at, each once."""
        return tuple(dict.fromkeys(code for cover in self.covers for code in cover.reasons))


def summarise(looks: Iterable[Look], found: Mapping[str, Found]) -> Summary | None:
    """The verdict of all looks; None where nobody has looked yet."""
    by_scanner: dict[str, list[Look]] = {}
    for look in looks:
        by_scanner.setdefault(look.scanner, []).append(look)
    if not by_scanner:
        return None
    covers = tuple(
        _cover(name, those, found.get(name, Found())) for name, those in sorted(by_scanner.items())
    )
    return Summary(_together([cover.coverage for cover in covers]), covers)


def _cover(scanner: str, looks: Sequence[Look], found: Found) -> Cover:
    reasons = Counter(code for look in looks for code in look.reasons)
    versions = {f"{name} {value}": None for look in looks for name, value in look.versions.items()}
    return Cover(
        scanner=scanner,
        coverage=_together([look.coverage for look in looks]),
        files=Counter(look.coverage for look in looks),
        size_bytes=sum(look.size_bytes for look in looks),
        scanned_bytes=sum(look.scanned_bytes for look in looks),
        reasons=tuple(code for code, _times in reasons.most_common()),
        versions=tuple(versions),
        found=found,
    )


def _together(coverages: Sequence[Coverage]) -> Coverage:
    """All or nothing, else a part."""
    kinds = set(coverages)
    return kinds.pop() if len(kinds) == 1 else Coverage.PARTIAL


def summary_of(job: Job) -> Summary | None:
    """The verdict on the job's upload; None before the check has ended."""
    rows = job.scans.values_list(
        "scanner", "coverage", "file__size_bytes", "scanned_bytes", "reasons", "versions"
    )
    looks = [Look(name, Coverage(how), *rest) for name, how, *rest in rows]
    return summarise(looks, _found_in(job))


def _found_in(job: Job) -> dict[str, Found]:
    policy, by_scanner = job.frozen.policy, dict[str, list[Finding]]()
    for finding in job.findings.all():
        by_scanner.setdefault(finding.scanner, []).append(finding)
    return {
        scanner: Found(
            count=sum(finding.count for finding in findings),
            files=len({finding.file_id for finding in findings}),
            is_likely=not all(is_weak(finding, policy) for finding in findings),
        )
        for scanner, findings in by_scanner.items()
    }


# --- what there is to say of single files -----------------------------------------------------


@dataclass(frozen=True)
class Noted:
    """A file in which something was found, or of which something unseen stops the upload."""

    file: UploadedFile
    findings: list[Finding] = field(default_factory=list)
    gaps: list[FileScan] = field(default_factory=list)


def noted(job: Job) -> list[Noted]:
    """The files of which the check has something to say, in their order."""
    policy = job.frozen.policy
    scans = job.scans.exclude(coverage=Coverage.COMPLETE.value).select_related("file")
    gaps = [scan for scan in scans if gap_handling(scan, policy) >= Handling.HOLD]
    files: dict[int, Noted] = {}
    for finding in job.findings.select_related("file"):
        files.setdefault(finding.file_id, Noted(finding.file)).findings.append(finding)
    for scan in gaps:
        files.setdefault(scan.file_id, Noted(scan.file)).gaps.append(scan)
    return sorted(files.values(), key=lambda one: one.file.number)


def is_weak(finding: Finding, policy: Policy) -> bool:
    """Whether it is too uncertain to decide anything."""
    rule = policy.rules.get(finding.scanner)
    report = FindingReport(finding.entity, finding.count, finding.score)
    return rule is not None and rule.is_weak(report)


def finding_handling(finding: Finding, policy: Policy) -> Handling:
    """What follows from the finding."""
    rule = policy.rules.get(finding.scanner, STRICT)
    return rule.of_finding(FindingReport(finding.entity, finding.count, finding.score))


def gap_handling(scan: FileScan, policy: Policy) -> Handling:
    """What follows from what the scanner did not look at."""
    rule = policy.rules.get(scan.scanner, STRICT)
    report = ScanReport(
        scan.scanner,
        Coverage(scan.coverage),
        scan.file.size_bytes,
        scan.scanned_bytes,
        tuple(scan.reasons),
    )
    return rule.of_gap(report)


@dataclass(frozen=True)
class Looked:
    """How far one scanner looked at a file, and what it found there."""

    scan: FileScan
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class LookedAt:
    """A file and every scanner's look at it."""

    file: UploadedFile
    looks: tuple[Looked, ...]


def looked_at(job: Job, most: int) -> list[LookedAt]:
    """The first files of the job, with the looks at them."""
    return with_looks(job, job.upload.files.all()[:most])


def with_looks(job: Job, files: Sequence[UploadedFile] | QuerySet[UploadedFile]) -> list[LookedAt]:
    """These files, with the looks at them."""
    numbers = [file.pk for file in files]
    found: dict[tuple[int, str], list[Finding]] = {}
    for finding in job.findings.filter(file__in=numbers):
        found.setdefault((finding.file_id, finding.scanner), []).append(finding)
    looks: dict[int, list[Looked]] = {}
    for scan in job.scans.filter(file__in=numbers).select_related("file"):
        findings = found.get((scan.file_id, scan.scanner), [])
        looks.setdefault(scan.file_id, []).append(Looked(scan, tuple(findings)))
    return [LookedAt(file, tuple(looks.get(file.pk, ()))) for file in files]


def check_context(job: Job) -> dict[str, object]:
    """What pages and letters tell of the check; the templates' names for it."""
    files, policy = noted(job), job.frozen.policy
    findings = [finding for one in files for finding in one.findings]
    return {
        "summary": summary_of(job),
        "noted": files,
        "has_findings": any(not is_weak(finding, policy) for finding in findings),
        "has_gaps": any(one.gaps for one in files),
    }

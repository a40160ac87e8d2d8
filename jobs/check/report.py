"""What the check of an upload covered and found: of the whole, and of each file.

Read from rows, which stay when files go; pure where it is reckoned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from backends.base import Coverage, ScanReport
from jobs.models import FileScan, Finding, Job
from scanning.policy import STRICT, Handling, Policy
from uploads.models import UploadedFile


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


def summarise(reports: Iterable[ScanReport], found: Mapping[str, Found]) -> Summary | None:
    """The verdict of all reports; None where nobody has looked yet."""
    by_scanner: dict[str, list[ScanReport]] = {}
    for report in reports:
        by_scanner.setdefault(report.scanner, []).append(report)
    if not by_scanner:
        return None
    covers = tuple(
        _cover(name, those, found.get(name, Found())) for name, those in sorted(by_scanner.items())
    )
    return Summary(_together([cover.coverage for cover in covers]), covers)


def _cover(scanner: str, reports: Sequence[ScanReport], found: Found) -> Cover:
    reasons = Counter(code for report in reports for code in report.reasons)
    versions = (f"{name} {value}" for one in reports for name, value in one.versions.items())
    return Cover(
        scanner=scanner,
        coverage=_together([report.coverage for report in reports]),
        files=Counter(report.coverage for report in reports),
        size_bytes=sum(report.size_bytes for report in reports),
        scanned_bytes=sum(report.scanned_bytes for report in reports),
        reasons=tuple(code for code, _times in reasons.most_common()),
        versions=tuple(dict.fromkeys(versions)),
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
    reports = (
        ScanReport(name, Coverage(how), size_bytes, scanned_bytes, reasons, versions=versions)
        for name, how, size_bytes, scanned_bytes, reasons, versions in rows
    )
    return summarise(reports, _found_in(job))


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
    return policy.rules.get(finding.scanner, STRICT).is_weak(finding.score)


def finding_handling(finding: Finding, policy: Policy) -> Handling:
    """What follows from the finding."""
    rule = policy.rules.get(finding.scanner, STRICT)
    return rule.of_finding(finding.entity, finding.score)


def gap_handling(scan: FileScan, policy: Policy) -> Handling:
    """What follows from what the scanner did not look at."""
    rule = policy.rules.get(scan.scanner, STRICT)
    return rule.of_gaps(Coverage(scan.coverage), scan.reasons)


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


def looked_at(job: Job, most: int | None = None) -> list[LookedAt]:
    """The first files of the job, or all, with the looks at them."""
    files = job.upload.files.all()[:most]
    # Not as an IN of all files: databases take only so many values.
    if most is None:
        return _with_looks(files, job.findings.all(), job.scans.all())
    return with_looks(job, files)


def with_looks(job: Job, files: Iterable[UploadedFile]) -> list[LookedAt]:
    """These few files, with the looks at them."""
    files = list(files)
    scans = job.scans.filter(file__in=files)
    return _with_looks(files, job.findings.filter(file__in=files), scans)


def _with_looks(
    files: Iterable[UploadedFile], findings: QuerySet[Finding], scans: QuerySet[FileScan]
) -> list[LookedAt]:
    found: dict[tuple[int, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.file_id, finding.scanner), []).append(finding)
    looks: dict[int, list[Looked]] = {}
    for scan in scans.select_related("file"):
        own = found.get((scan.file_id, scan.scanner), [])
        looks.setdefault(scan.file_id, []).append(Looked(scan, tuple(own)))
    return [LookedAt(file, tuple(looks.get(file.pk, ()))) for file in files]


def _is_refused(scan: FileScan, policy: Policy) -> bool:
    """Whether what was not looked at is never accepted; what a picture shows may yet be held."""
    return gap_handling(scan, policy) >= Handling.REJECT


def check_context(job: Job) -> dict[str, object]:
    """What pages and letters tell of the check; the templates' names for it."""
    files, policy = noted(job), job.frozen.policy
    findings = [finding for one in files for finding in one.findings]
    return {
        "summary": summary_of(job),
        "noted": files,
        "has_findings": any(not is_weak(finding, policy) for finding in findings),
        "has_gaps": any(_is_refused(gap, policy) for one in files for gap in one.gaps),
    }

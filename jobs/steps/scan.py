"""scan: before any research code sees a file, it is looked at; then the policy decides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from backends.base import BackendError, ScanFile, Scanner, ScanReport, Store
from jobs.models import FileScan, Finding, Job
from jobs.states import State
from scanning.policy import DEFAULT_RULES, Handling, Rule, ScannedFile, Verdict, decide
from uploads.models import UploadedFile

Look = tuple[UploadedFile, tuple[ScanReport, ...]]
NEXT = {Verdict.ACCEPT: State.CLEAN, Verdict.HOLD: State.HELD, Verdict.REJECT: State.REJECTED}
ACCEPTED = "The files were looked at and accepted."


def scan(job: Job, *, store: Store, scanners: Mapping[str, Scanner]) -> None:
    """Look at every file with every scanner that the pipeline wants; `BackendError` if one is down.

    A scan that was cut off starts again from the first file.
    """
    if job.state == State.UPLOADED:
        job.move_to(State.SCANNING, "The files are looked at.")
    rules = _rules(job)
    wanted = [_scanner(scanners, name) for name in rules]
    looks = [_look_at(file, store, wanted) for file in job.upload.files.all()]
    _conclude(job, looks, rules)


def _rules(job: Job) -> dict[str, Rule]:
    """What follows from each scanner's word; a scanner that the pipeline switched off has none."""
    settings = job.frozen
    chosen = {"clamav": settings.virus_policy, "presidio": settings.personal_data_policy}
    return {
        name: replace(DEFAULT_RULES[name], found=Handling[policy.upper()])
        for name, policy in chosen.items()
        if policy != "off"
    }


def _scanner(scanners: Mapping[str, Scanner], name: str) -> Scanner:
    if name not in scanners:
        # Fail closed: what was asked for and is not there does not count as "nothing found".
        raise BackendError(f"The scanner “{name}” is not set up on this site.", transient=True)
    return scanners[name]


def _look_at(file: UploadedFile, store: Store, scanners: Sequence[Scanner]) -> Look:
    stream = _Stream(file, store)
    reports = tuple(scanner.scan(stream.as_scan_file()) for scanner in scanners)
    file.sha256 = stream.sha256 or stream.read_through()
    file.save(update_fields=["sha256"])
    return file, reports


def _conclude(job: Job, looks: Sequence[Look], rules: Mapping[str, Rule]) -> None:
    # By number: a file's name may itself be personal data, and reasons are kept and mailed.
    files = [ScannedFile(_("File %d") % file.number, reports) for file, reports in looks]
    decision = decide(files, rules)
    reasons = decision.reasons or (ACCEPTED, *decision.warnings)
    with transaction.atomic():
        job.scans.all().delete()
        job.findings.all().delete()
        FileScan.objects.bulk_create(_scan_row(job, f, report) for f, rs in looks for report in rs)
        Finding.objects.bulk_create(
            row
            for file, reports in looks
            for report in reports
            for row in _found(job, file, report)
        )
        job.move_to(NEXT[decision.verdict], " ".join(reasons))


def _scan_row(job: Job, file: UploadedFile, report: ScanReport) -> FileScan:
    return FileScan(
        job=job,
        file=file,
        scanner=report.scanner,
        coverage=report.coverage.value,
        scanned_bytes=report.scanned_bytes,
        reasons=", ".join(report.reasons),
        versions=report.versions[:255],
    )


def _found(job: Job, file: UploadedFile, report: ScanReport) -> list[Finding]:
    return [
        Finding(
            job=job,
            file=file,
            scanner=report.scanner,
            entity=finding.entity[:120],
            count=finding.count,
            score=finding.score,
            locations=list(finding.locations),
        )
        for finding in report.findings
    ]


@dataclass
class _Stream:
    """The file out of the store; sums the bytes as they pass."""

    file: UploadedFile
    store: Store
    sha256: str = ""

    def as_scan_file(self) -> ScanFile:
        return ScanFile(self.file.number, self.file.name, self.file.size_bytes, self.open)

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        with self.store.stream(self.file.object_name) as chunks:
            yield self._summed(chunks)

    def read_through(self) -> str:
        """Read it once for the sum alone, where no scanner read it to its end."""
        with self.open() as chunks:
            for _ in chunks:
                pass
        return self.sha256

    def _summed(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
            yield chunk
        self.sha256 = digest.hexdigest()

"""scan: before any research code sees a file, it is looked at; then the policy decides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from backends.base import BackendError, ScanFile, Scanner, ScanReport, Store
from jobs import reasons
from jobs.models import FileScan, Finding, Job
from jobs.states import State
from scanning.policy import Decision, Policy, ScannedFile, Verdict, decide
from scanning.shared import scan_together
from uploads.models import UploadedFile
from uploads.parts import cut_of
from uploads.proof import Proof, Sums, compare

Scanned = tuple[UploadedFile, tuple[ScanReport, ...]]
NEXT = {Verdict.ACCEPT: State.CLEAN, Verdict.HOLD: State.HELD, Verdict.REJECT: State.REJECTED}
DAMAGED_NAMED = 20
SENTENCES_KEPT = 20


class Damaged(Exception):
    """What is stored of a file is not what was sent."""


def scan(job: Job, *, store: Store, scanners: Mapping[str, Scanner]) -> None:
    """Look at every file with every scanner that the pipeline wants; `BackendError` if one is down.

    Each is read once, for all of them and to prove that it is what was sent; damaged ones are
    refused, whatever the policy. A scan that was cut off starts again from the first file. Where
    the e-mail address has to be confirmed, and was not, no file is opened; after a time the job
    is given up.
    """
    if job.awaits_confirmation:
        _await_confirmation(job)
        return
    if job.state == State.UPLOADED:
        job.move_to(State.SCANNING, reasons.LOOKED_AT)
    policy = job.frozen.policy
    wanted = [_scanner(scanners, name) for name in policy.rules]
    scanned, damaged = _look_at_all(job, store, wanted)
    if damaged:
        job.move_to(State.REJECTED, why_damaged(damaged))
    else:
        _conclude(job, scanned, policy)


def _await_confirmation(job: Job) -> None:
    if job.confirm_until <= timezone.now():
        job.move_to(State.CANCELLED, reasons.NOT_CONFIRMED)
    else:
        job.rest_until(job.confirm_until)


def _scanner(scanners: Mapping[str, Scanner], name: str) -> Scanner:
    if name not in scanners:
        # Fail closed: what was asked for and is not there does not count as "nothing found".
        raise BackendError(f"The scanner “{name}” is not set up on this site.", transient=True)
    return scanners[name]


def _look_at_all(
    job: Job, store: Store, scanners: Sequence[Scanner]
) -> tuple[list[Scanned], list[int]]:
    """What was seen, and the numbers of damaged files; after one the others are only summed up."""
    scanned: list[Scanned] = []
    damaged: list[int] = []
    for file in job.upload.files.all():
        known = file.sha256 if job.again_of_id else ""
        reports = _look_at(file, store, () if damaged else scanners, known=known)
        if reports is None:
            damaged.append(file.number)
        else:
            scanned.append((file, reports))
    return scanned, damaged


def _look_at(
    file: UploadedFile, store: Store, scanners: Sequence[Scanner], *, known: str
) -> tuple[ScanReport, ...] | None:
    """What the scanners say of the file; None, and no SHA-256 noted, if it is damaged.

    A file whose SHA-256 is `known` from an earlier job's check is damaged if it has another one
    now; what that job's receipt says stays.
    """
    reading = _Reading(file, store)
    reports = reading.reports(scanners)
    if known and reading.sha256 != known:
        return None
    file.sha256 = reading.sha256
    file.verified_at = timezone.now() if reading.proof is Proof.PROVED else None
    file.save(update_fields=["sha256", "verified_at"])
    return reports


def why_damaged(numbers: Sequence[int]) -> str:
    """The reason for refusing an upload of which these files are damaged; it names the first 20."""
    named, more = numbers[:DAMAGED_NAMED], len(numbers) - DAMAGED_NAMED
    files = ", ".join(reasons.FILE % {"number": number} for number in named)
    sentence = reasons.DAMAGED_AND_MORE if more > 0 else reasons.DAMAGED
    return f"{sentence % {'files': files, 'count': more}} {reasons.SEND_AGAIN}"


def _conclude(job: Job, scanned: Sequence[Scanned], policy: Policy) -> None:
    # By number: a file's name may itself be personal data, and reasons are kept and mailed.
    files = [
        ScannedFile(reasons.FILE % {"number": file.number}, reports) for file, reports in scanned
    ]
    decision = decide(files, policy)
    with transaction.atomic():
        job.scans.all().delete()
        job.findings.all().delete()
        FileScan.objects.bulk_create(
            _scan_row(job, file, report) for file, reports in scanned for report in reports
        )
        Finding.objects.bulk_create(
            row
            for file, reports in scanned
            for report in reports
            for row in _found(job, file, report, policy)
        )
        job.move_to(NEXT[decision.verdict], why_decided(decision))


def why_decided(decision: Decision) -> str:
    """The reason for the move; of an upload of thousands it says only the first sentences."""
    if decision.verdict is not Verdict.ACCEPT:
        return _first(decision.reasons)
    accepted = reasons.ACCEPTED if decision.is_complete else reasons.ACCEPTED_UNSEEN
    return f"{accepted} {_first(decision.warnings)}".strip()


def _first(sentences: Sequence[str]) -> str:
    more = len(sentences) - SENTENCES_KEPT
    rest = [reasons.MORE % {"count": more}] if more > 0 else []
    return " ".join([*sentences[:SENTENCES_KEPT], *rest])


def _scan_row(job: Job, file: UploadedFile, report: ScanReport) -> FileScan:
    return FileScan(
        job=job,
        file=file,
        scanner=report.scanner,
        coverage=report.coverage.value,
        scanned_bytes=report.scanned_bytes,
        reasons=list(report.reasons),
        method=report.method,
        seed=report.seed,
        versions=dict(report.versions),
    )


def _found(job: Job, file: UploadedFile, report: ScanReport, policy: Policy) -> list[Finding]:
    """What counts of the findings: of what does not, nothing is kept."""
    rule = policy.rules[report.scanner]
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
        if rule.concerns(finding.entity)
    ]


@dataclass
class _Reading:
    """The file out of the store; its sums are made, and compared, as the bytes pass."""

    file: UploadedFile
    store: Store
    sha256: str = ""
    proof: Proof | None = None
    again: set[str] = field(default_factory=set)  # the sums of further readings

    def reports(self, scanners: Sequence[Scanner]) -> tuple[ScanReport, ...] | None:
        """What the scanners say, all on the same reading; None if the file is damaged."""
        file = ScanFile(self.file.number, self.file.name, self.file.size_bytes, self.open_again)
        reports = None
        with suppress(Damaged), self.store.stream(self.file.object_name) as chunks:
            reports = scan_together(file, self._summed(chunks), scanners)
        if self.again - {self.sha256}:
            # A sender's signed URLs outlive the upload: no scanner is to see another content.
            self.sha256, self.proof = "", Proof.DAMAGED
        return None if self.proof is Proof.DAMAGED else reports

    @contextmanager
    def open_again(self) -> Iterator[Iterator[bytes]]:
        """Another reading, in a scanner's thread: it must not touch the database."""
        with self.store.stream(self.file.object_name) as chunks:
            yield self._noted(chunks)

    def _summed(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Raises `Damaged` at the end: no scanner is to judge what nobody has sent."""
        cut = cut_of(self.file, self.store.limits())
        sums = Sums(cut.part_bytes)
        for chunk in chunks:
            sums.add(chunk)
            yield chunk
        told = dict(self.file.proofs.values_list("number", "sha256"))
        self.proof = compare(cut, told, sums)
        if self.proof is Proof.DAMAGED:
            raise Damaged
        self.sha256 = sums.sha256

    def _noted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
            yield chunk
        self.again.add(digest.hexdigest())

"""Presets: what each means for a PI, held against what it does."""

from __future__ import annotations

import pytest

from backends.base import Coverage, FindingReport, ScanReport
from scanning.policy import Policy, ScannedFile, Verdict, decide
from scanning.presets import PRESETS
from scanning.words import ENTITIES


def said(scanner: str, *reasons: str, found: str = "", score: float = 1.0) -> ScanReport:
    partly = Coverage.SKIPPED if "UNSUPPORTED_FORMAT" in reasons else Coverage.PARTIAL
    coverage = partly if reasons else Coverage.COMPLETE
    findings = (FindingReport(found, 1, score),) if found else ()
    return ScanReport(scanner, coverage, 9, 9, reasons=reasons, findings=findings)


FINE = {name: said(name) for name in ("clamav", "presidio")}
A, H, R = Verdict.ACCEPT, Verdict.HOLD, Verdict.REJECT
TABLE = [
    # what a scanner says, and what follows: open, human, clinical, off
    (said("clamav"), (A, A, A, A)),
    (said("clamav", found="Eicar"), (R, R, R, A)),
    (said("clamav", "WINDOWED"), (A, H, H, A)),
    (said("clamav", "ENCRYPTED"), (H, H, R, A)),
    (said("clamav", "LIMITS_EXCEEDED", "ARCHIVE_RATIO"), (H, H, H, A)),
    (said("presidio", found="PERSON"), (A, H, R, A)),
    (said("presidio", found="US_SSN"), (H, H, R, A)),
    (said("presidio", found="US_SSN", score=0.3), (A, A, A, A)),
    (said("presidio", "SAMPLED"), (A, H, H, A)),
    (said("presidio", "UNSUPPORTED_FORMAT"), (A, H, H, A)),
    (said("presidio", "CRASHED"), (H, H, H, A)),
    (said("presidio", "ENCRYPTED"), (H, H, R, A)),
]


@pytest.mark.parametrize(("report", "verdicts"), TABLE)
def test_what_follows_by_each_preset(report: ScanReport, verdicts: tuple[Verdict, ...]) -> None:
    reports = FINE | {report.scanner: report}

    def verdict(policy: Policy) -> Verdict:
        """Of the scanners that look at all."""
        looked = tuple(reports[name] for name in policy.rules)
        return decide([ScannedFile("File 1", looked)], policy).verdict

    assert tuple(verdict(preset.policy) for preset in PRESETS.values()) == verdicts


def test_each_says_what_it_means_and_clinical_looks_for_all_that_is_known() -> None:
    assert all(len(preset.meaning) > 80 for preset in PRESETS.values())
    assert PRESETS["clinical"].policy.personal_data.entities == frozenset(ENTITIES)

"""The verdict as a table: what scanners say, what the rules are, what becomes of the upload."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backends.base import Coverage, FindingReport, ScanReport
from scanning.policy import Decision, Handling, Policy, Rule, ScannedFile, Verdict, decide

VIRUS = FindingReport("Win.Test.EICAR", 1, 1.0)
EMAIL = FindingReport("EMAIL_ADDRESS", 3, 1.0, ((("line", 12),), (("line", 40),)))


def said(
    scanner: str, *findings: FindingReport, unseen: str = "", coverage: Coverage | None = None
) -> ScanReport:
    how = coverage or (Coverage.PARTIAL if unseen else Coverage.COMPLETE)
    reasons = tuple(unseen.split())
    return ScanReport(scanner, how, 100, 100, reasons=reasons, findings=findings)


CLEAN = (said("clamav"), said("presidio"))


BY_DEFAULT = Policy()
NO_VIRUSES = Rule(found=Handling.OFF)


def verdict_on(*reports: ScanReport, policy: Policy = BY_DEFAULT) -> Decision:
    return decide([ScannedFile("letters.txt", reports)], policy)


def personal(found: Handling, **rest: Any) -> Policy:
    """Only personal data is looked for."""
    return Policy(viruses=NO_VIRUSES, personal_data=Rule(found=found, **rest))


@pytest.mark.parametrize(
    ("reports", "verdict"),
    [
        (CLEAN, Verdict.ACCEPT),
        ((said("clamav", VIRUS), said("presidio")), Verdict.REJECT),
        ((said("clamav"), said("presidio", EMAIL)), Verdict.HOLD),
        ((said("clamav", VIRUS), said("presidio", EMAIL)), Verdict.REJECT),
        ((said("clamav", unseen="WINDOWED"), said("presidio")), Verdict.HOLD),
        ((said("clamav", unseen="ENCRYPTED"), said("presidio")), Verdict.HOLD),
        ((said("clamav"), said("presidio", unseen="UNSUPPORTED_FORMAT")), Verdict.HOLD),
        ((said("clamav"), said("presidio", unseen="SAMPLED")), Verdict.HOLD),
        ((said("clamav"),), Verdict.HOLD),
        ((said("presidio"),), Verdict.HOLD),
        ((*CLEAN, said("new"),), Verdict.ACCEPT),
        ((*CLEAN, said("new", VIRUS)), Verdict.HOLD),
        ((*CLEAN, said("new", unseen="CRASHED")), Verdict.HOLD),
    ],
)  # fmt: skip
def test_verdict_by_default(reports: tuple[ScanReport, ...], verdict: Verdict) -> None:
    assert verdict_on(*reports).verdict is verdict


@pytest.mark.parametrize(
    ("found", "verdict", "is_warned"),
    [
        (Handling.WARN, Verdict.ACCEPT, True),
        (Handling.HOLD, Verdict.HOLD, False),
        (Handling.REJECT, Verdict.REJECT, False),
    ],
)
@pytest.mark.parametrize("scanner", ["clamav", "presidio"])
def test_each_handling_of_a_finding(
    scanner: str, found: Handling, verdict: Verdict, is_warned: bool
) -> None:
    policy = Policy(viruses=Rule(found=found), personal_data=Rule(found=found))

    decision = verdict_on(*other_than(scanner), said(scanner, EMAIL), policy=policy)

    assert decision.verdict is verdict
    assert bool(decision.warnings) is is_warned
    assert bool(decision.reasons) is (verdict is not Verdict.ACCEPT)


def other_than(scanner: str) -> list[ScanReport]:
    """What all the others say, who found nothing."""
    return [report for report in CLEAN if report.scanner != scanner]


GAPS = {
    "partial": ("SAMPLED", Coverage.PARTIAL),
    "unscannable": ("UNSUPPORTED_FORMAT", Coverage.SKIPPED),
    "encrypted": ("ENCRYPTED", Coverage.PARTIAL),
}


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("handling", list(Handling))
@pytest.mark.parametrize("scanner", ["clamav", "presidio"])
def test_each_handling_of_each_kind_of_gap(scanner: str, handling: Handling, gap: str) -> None:
    gaps = dict.fromkeys(GAPS, Handling.OFF) | {gap: handling}
    rule = Rule(Handling.HOLD, gaps["partial"], gaps["unscannable"], gaps["encrypted"])
    policy = Policy(viruses=rule, personal_data=rule)
    code, coverage = GAPS[gap]

    decision = verdict_on(
        *other_than(scanner), said(scanner, unseen=code, coverage=coverage), policy=policy
    )

    assert decision.verdict is Verdict(max(handling, Handling.WARN))
    assert bool(decision.warnings) is (handling is Handling.WARN)
    assert not decision.is_complete


@pytest.mark.parametrize(
    ("reason", "found", "unscannable", "verdict"),
    [
        ("CRASHED", Handling.HOLD, Handling.WARN, Verdict.HOLD),
        ("CRASHED", Handling.HOLD, Handling.OFF, Verdict.HOLD),
        ("CRASHED", Handling.REJECT, Handling.WARN, Verdict.HOLD),
        ("CRASHED", Handling.HOLD, Handling.REJECT, Verdict.REJECT),
        ("CRASHED", Handling.WARN, Handling.WARN, Verdict.ACCEPT),
        ("TIMED_OUT", Handling.HOLD, Handling.WARN, Verdict.HOLD),
        ("PATTERN_TIMED_OUT", Handling.HOLD, Handling.WARN, Verdict.HOLD),
        ("ARCHIVE_RATIO", Handling.HOLD, Handling.WARN, Verdict.HOLD),
    ],
)
def test_file_that_breaks_the_check_does_not_get_past_it(
    reason: str, found: Handling, unscannable: Handling, verdict: Verdict
) -> None:
    policy = personal(found, unscannable=unscannable, partial=Handling.OFF)

    assert verdict_on(said("presidio", unseen=reason), policy=policy).verdict is verdict


@pytest.mark.parametrize(
    ("reasons", "coverage", "gap"),
    [
        ("ENCRYPTED SAMPLED", Coverage.PARTIAL, "partial"),
        ("ENCRYPTED UNSUPPORTED_FORMAT", Coverage.SKIPPED, "unscannable"),
        ("ENCRYPTED CRASHED", Coverage.PARTIAL, "unscannable"),
    ],
)
def test_encrypted_member_hides_no_other_gap(reasons: str, coverage: Coverage, gap: str) -> None:
    gaps = {"partial": Handling.OFF, "unscannable": Handling.OFF} | {gap: Handling.REJECT}
    policy = personal(Handling.HOLD, encrypted=Handling.WARN, **gaps)

    report = said("presidio", unseen=reasons, coverage=coverage)

    assert verdict_on(report, policy=policy).verdict is Verdict.REJECT


def test_scanner_that_is_off_need_not_report() -> None:
    policy = Policy(personal_data=Rule(found=Handling.OFF))

    assert verdict_on(said("clamav"), policy=policy) == Decision(Verdict.ACCEPT)


def test_kinds_that_were_not_chosen_count_for_nothing() -> None:
    policy = personal(Handling.REJECT, entities=frozenset({"US_SSN"}))

    assert verdict_on(said("presidio", EMAIL), policy=policy) == Decision(Verdict.ACCEPT)
    ssn = replace(EMAIL, entity="US_SSN")
    assert verdict_on(said("presidio", EMAIL, ssn), policy=policy).verdict is Verdict.REJECT


def test_what_a_site_looks_for_by_itself_always_counts() -> None:
    policy = personal(Handling.HOLD, entities=frozenset())
    own = replace(EMAIL, entity="CAMPUS_CARD")

    assert verdict_on(said("presidio", own), policy=policy).verdict is Verdict.HOLD


@pytest.mark.parametrize(
    ("score", "verdict"), [(0.49, Verdict.ACCEPT), (0.5, Verdict.REJECT), (1.0, Verdict.REJECT)]
)
def test_weak_findings_only_warn(score: float, verdict: Verdict) -> None:
    policy = personal(Handling.REJECT, threshold=0.5)

    decision = verdict_on(said("presidio", replace(EMAIL, score=score)), policy=policy)

    assert decision.verdict is verdict
    if verdict is Verdict.ACCEPT:
        assert decision.warnings == (
            "letters.txt possibly holds an e-mail address, in 3 places (line 12, line 40, …).",
        )


def test_one_bad_file_decides_for_all() -> None:
    bad = (said("clamav", VIRUS), said("presidio"))
    files = [ScannedFile("a", CLEAN), ScannedFile("b", bad), ScannedFile("c", CLEAN)]

    decision = decide(files, BY_DEFAULT)

    assert decision.verdict is Verdict.REJECT
    assert decision.reasons == (
        "b holds Win.Test.EICAR, which the virus scanner knows as harmful.",
    )


def test_nothing_sent_is_nothing_to_hold() -> None:
    assert decide([], BY_DEFAULT) == Decision(Verdict.ACCEPT)


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (
            said("presidio", EMAIL),
            "letters.txt seems to hold an e-mail address, in 3 places (line 12, line 40, …)."
            " Remove or replace it and send it again.",
        ),
        (
            said(
                "presidio", replace(EMAIL, entity="UK_NINO", count=1, locations=((("line", 2),),))
            ),
            "letters.txt seems to hold uk nino, in one place (line 2)."
            " Remove or replace it and send it again.",
        ),
        (
            said("presidio", unseen="UNSUPPORTED_FORMAT", coverage=Coverage.SKIPPED),
            "letters.txt could not be checked for personal data:"
            " there is no reader for files of its kind.",
        ),
        (
            said("presidio", unseen="SAMPLED"),
            "letters.txt was only partly checked for personal data:"
            " it is too long to be read closely as a whole.",
        ),
        (
            said("clamav", unseen="SOMETHING_NEW"),
            "letters.txt was only partly checked for viruses: SOMETHING_NEW.",
        ),
    ],
)
def test_reasons_are_written_for_the_collaborator(report: ScanReport, text: str) -> None:
    decision = verdict_on(*other_than(report.scanner), report)

    assert [*decision.reasons, *decision.warnings] == [text]


def test_file_without_a_report_is_said_to_be_unchecked() -> None:
    assert verdict_on(said("presidio")).reasons == ("letters.txt was not checked for viruses.",)

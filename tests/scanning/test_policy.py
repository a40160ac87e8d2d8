"""The verdict as a table: what scanners say, what the rules are, what becomes of the upload."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backends.base import Coverage, FindingReport, ScanReport
from scanning.policy import (
    DEFAULT_RULES,
    Decision,
    Handling,
    Rule,
    ScannedFile,
    Verdict,
    decide,
)

VIRUS = FindingReport("Win.Test.EICAR", 1, 1.0)
EMAIL = FindingReport("EMAIL_ADDRESS", 3, 1.0, ((("line", 12),), (("line", 40),)))


def said(
    scanner: str, *findings: FindingReport, unseen: str = "", coverage: Coverage | None = None
) -> ScanReport:
    how = coverage or (Coverage.PARTIAL if unseen else Coverage.COMPLETE)
    reasons = (unseen,) if unseen else ()
    return ScanReport(scanner, how, 100, 100, reasons=reasons, findings=findings)


CLEAN = (said("clamav"), said("presidio"))


def verdict_on(*reports: ScanReport, rules: dict[str, Rule] | None = None) -> Decision:
    return decide([ScannedFile("letters.txt", reports)], rules or DEFAULT_RULES)


@pytest.mark.parametrize(
    ("reports", "verdict"),
    [
        (CLEAN, Verdict.ACCEPT),
        ((said("clamav", VIRUS), said("presidio")), Verdict.REJECT),
        ((said("clamav"), said("presidio", EMAIL)), Verdict.HOLD),
        ((said("clamav", VIRUS), said("presidio", EMAIL)), Verdict.REJECT),
        ((said("clamav", unseen="WINDOWED"), said("presidio")), Verdict.HOLD),
        ((said("clamav", unseen="ENCRYPTED"), said("presidio")), Verdict.HOLD),
        ((said("clamav"), said("presidio", unseen="UNSUPPORTED_FORMAT")), Verdict.ACCEPT),
        ((said("clamav"), said("presidio", EMAIL, unseen="SAMPLED")), Verdict.HOLD),
        ((said("clamav"),), Verdict.ACCEPT),
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
        (Handling.OFF, Verdict.ACCEPT, False),
        (Handling.WARN, Verdict.ACCEPT, True),
        (Handling.HOLD, Verdict.HOLD, False),
        (Handling.REJECT, Verdict.REJECT, False),
    ],
)
def test_each_handling_of_a_finding(found: Handling, verdict: Verdict, is_warned: bool) -> None:
    rules = {"presidio": Rule(found=found, unseen=Handling.OFF)}

    decision = verdict_on(said("presidio", EMAIL), rules=rules)

    assert decision.verdict is verdict
    assert bool(decision.warnings) is is_warned
    assert bool(decision.reasons) is (verdict is not Verdict.ACCEPT)


@pytest.mark.parametrize("unseen", list(Handling))
def test_each_handling_of_what_could_not_be_seen(unseen: Handling) -> None:
    rules = {"presidio": Rule(found=Handling.OFF, unseen=unseen)}

    decision = verdict_on(said("presidio", EMAIL, unseen="SAMPLED"), rules=rules)

    assert decision.verdict is Verdict(max(unseen, Handling.WARN))


@pytest.mark.parametrize(
    ("reason", "found", "unseen", "verdict"),
    [
        ("CRASHED", Handling.HOLD, Handling.WARN, Verdict.HOLD),
        ("CRASHED", Handling.HOLD, Handling.OFF, Verdict.HOLD),
        ("CRASHED", Handling.REJECT, Handling.WARN, Verdict.HOLD),
        ("CRASHED", Handling.HOLD, Handling.REJECT, Verdict.REJECT),
        ("CRASHED", Handling.WARN, Handling.WARN, Verdict.ACCEPT),
        ("CRASHED", Handling.OFF, Handling.OFF, Verdict.ACCEPT),
        ("TIMED_OUT", Handling.HOLD, Handling.WARN, Verdict.HOLD),
        ("PATTERN_TIMED_OUT", Handling.HOLD, Handling.WARN, Verdict.HOLD),
        ("UNSUPPORTED_FORMAT", Handling.HOLD, Handling.WARN, Verdict.ACCEPT),
        ("SAMPLED", Handling.HOLD, Handling.WARN, Verdict.ACCEPT),
        ("BINARY_PARTS", Handling.HOLD, Handling.WARN, Verdict.ACCEPT),
    ],
)
def test_file_that_breaks_the_check_does_not_get_past_it(
    reason: str, found: Handling, unseen: Handling, verdict: Verdict
) -> None:
    rules = {"presidio": Rule(found=found, unseen=unseen)}

    assert verdict_on(said("presidio", unseen=reason), rules=rules).verdict is verdict


def test_scanner_that_is_off_need_not_report() -> None:
    off = Rule(found=Handling.OFF, unseen=Handling.OFF)

    assert verdict_on(said("clamav"), rules={**DEFAULT_RULES, "presidio": off}) == Decision(
        Verdict.ACCEPT
    )


def test_one_bad_file_decides_for_all() -> None:
    bad = (said("clamav", VIRUS), said("presidio"))
    files = [ScannedFile("a", CLEAN), ScannedFile("b", bad), ScannedFile("c", CLEAN)]

    decision = decide(files)

    assert decision.verdict is Verdict.REJECT
    assert decision.reasons == (
        "b holds Win.Test.EICAR, which the virus scanner knows as harmful.",
    )


def test_nothing_sent_is_nothing_to_hold() -> None:
    assert decide([]) == Decision(Verdict.ACCEPT)


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
    decision = verdict_on(*[r for r in CLEAN if r.scanner != report.scanner], report)

    assert [*decision.reasons, *decision.warnings] == [text]


def test_file_without_a_report_is_said_to_be_unchecked() -> None:
    assert verdict_on(said("presidio")).reasons == ("letters.txt was not checked for viruses.",)

"""The verdict on an upload: a pure function of what the scanners reported and what a PI wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from backends.base import Coverage, FindingReport, ScanReport


class Handling(IntEnum):
    """What follows from something that a scanner says; later ones are stricter."""

    OFF = 0
    WARN = 1
    HOLD = 2
    REJECT = 3


class Verdict(IntEnum):
    """What becomes of the upload."""

    ACCEPT = 1
    HOLD = 2
    REJECT = 3


@dataclass(frozen=True)
class Rule:
    """For one scanner: what follows where it found something, and where it could not look.

    Where findings are held or rejected, a file on which the check broke off is held at least.
    """

    found: Handling
    unseen: Handling


DEFAULT_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "clamav": Rule(found=Handling.REJECT, unseen=Handling.HOLD),
        # Binary files cannot be looked at for personal data yet: said, but no reason to wait.
        "presidio": Rule(found=Handling.HOLD, unseen=Handling.WARN),
    }
)
# The file itself ended the check; a crafted one must not get past a rule in this way.
BROKEN_OFF = frozenset({"CRASHED", "TIMED_OUT", "PATTERN_TIMED_OUT"})
_STRICT = Rule(found=Handling.HOLD, unseen=Handling.HOLD)  # for a scanner that no rule names


@dataclass(frozen=True)
class ScannedFile:
    """A file as the reader of the reasons knows it, and what the scanners said of it.

    `label` is the visitor's own file name on the visitor's own page; a number wherever the
    reasons are kept or mailed, for file names may hold personal data themselves.
    """

    label: str
    reports: tuple[ScanReport, ...]


@dataclass(frozen=True)
class Decision:
    """The verdict, the reasons for it, and what else the collaborator should know."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def decide(files: Sequence[ScannedFile], rules: Mapping[str, Rule] = DEFAULT_RULES) -> Decision:
    """The strictest of what follows from every report; a missing report counts as unseen."""
    notes = [note for file in files for note in _notes(file, rules)]
    worst = max((handling for handling, _ in notes), default=Handling.OFF)
    return Decision(
        verdict=Verdict(max(worst, Verdict.ACCEPT)),
        reasons=tuple(text for handling, text in notes if handling >= Handling.HOLD),
        warnings=tuple(text for handling, text in notes if handling == Handling.WARN),
    )


def _notes(file: ScannedFile, rules: Mapping[str, Rule]) -> list[tuple[Handling, str]]:
    notes = []
    for report in file.reports:
        rule = rules.get(report.scanner, _STRICT)
        notes += [(rule.found, _found(file.label, report, found)) for found in report.findings]
        if report.coverage is not Coverage.COMPLETE:
            notes.append((_unseen_handling(rule, report), _unseen(file.label, report)))
    reported = {report.scanner for report in file.reports}
    for name in sorted(rules.keys() - reported):
        notes.append((rules[name].unseen, f"{file.label} was not checked {_purpose(name)}."))
    return [note for note in notes if note[0] is not Handling.OFF]


def _unseen_handling(rule: Rule, report: ScanReport) -> Handling:
    if rule.found >= Handling.HOLD and BROKEN_OFF.intersection(report.reasons):
        return max(rule.unseen, Handling.HOLD)
    return rule.unseen


# --- words for the collaborator --------------------------------------------------------------

ADVICE = "Remove or replace it and send it again."
_PURPOSES = {"clamav": "for viruses", "presidio": "for personal data"}
_ENTITIES = {
    "EMAIL_ADDRESS": "an e-mail address",
    "IBAN_CODE": "a bank account number",
    "US_SSN": "a social security number",
    "CREDIT_CARD": "a payment card number",
    "PHONE_NUMBER": "a telephone number",
    "US_PASSPORT": "a passport number",
    "US_DRIVER_LICENSE": "a driving licence number",
    "US_ITIN": "a taxpayer number",
    "UK_NHS": "an NHS number",
    "MEDICAL_LICENSE": "a medical licence number",
    "DATE_OF_BIRTH": "a date of birth",
    "PERSON": "a person's name",
}
_REASONS = {
    "NOT_TEXT": "it is not a text file",
    "SAMPLED": "it is too long to be read closely as a whole",
    "TIMED_OUT": "it took too long",
    "CRASHED": "the check broke down on it",
    "PATTERN_TIMED_OUT": "a part of it took too long",
    "BINARY_PARTS": "parts of it are not text",
    "WINDOWED": "it is so large that it was checked piece by piece",
    "LIMITS_EXCEEDED": "it is larger or more deeply packed than the virus scanner can open",
    "ENCRYPTED": "it is encrypted",
    "STOPPED_AT_FINDING": "the check ended at what it found",
}


def _found(label: str, report: ScanReport, finding: FindingReport) -> str:
    if report.scanner == "clamav":
        return f"{label} holds {finding.entity}, which the virus scanner knows as harmful."
    what = _ENTITIES.get(finding.entity, finding.entity.replace("_", " ").lower())
    times = "once" if finding.count == 1 else f"{finding.count} times"
    where = f" ({_places(finding)})" if finding.locations else ""
    return f"{label} seems to hold {what}, {times}{where}. {ADVICE}"


def _places(finding: FindingReport) -> str:
    is_cut = len(finding.locations) < finding.count
    return ", ".join(finding.locations) + (", …" if is_cut else "")


def _unseen(label: str, report: ScanReport) -> str:
    done = "could not be" if report.coverage is Coverage.SKIPPED else "was only partly"
    why = [_REASONS.get(code, code) for code in report.reasons]
    because = f": {', and '.join(why)}" if why else ""
    return f"{label} {done} checked {_purpose(report.scanner)}{because}."


def _purpose(scanner: str) -> str:
    return _PURPOSES.get(scanner, f"by {scanner}")

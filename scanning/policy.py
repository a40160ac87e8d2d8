"""The verdict on an upload: a pure function of what the scanners reported and what a PI wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from backends.base import Coverage, FindingReport, ScanReport
from scanning.reasons import BROKEN_OFF, REASONS
from scanning.words import ENTITIES, PARTS, PLACES, _, entity_text, place_text


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
        notes.append((rules[name].unseen, _unreported(file.label, name)))
    return [note for note in notes if note[0] is not Handling.OFF]


def _unseen_handling(rule: Rule, report: ScanReport) -> Handling:
    if rule.found >= Handling.HOLD and BROKEN_OFF.intersection(report.reasons):
        return max(rule.unseen, Handling.HOLD)
    return rule.unseen


# --- words for the collaborator --------------------------------------------------------------
# In English, as they are stored; jobs/translated.py shows them in the reader's language.


ADVICE = _("Remove or replace it and send it again.")
HARMFUL = _("%(file)s holds %(signature)s, which the virus scanner knows as harmful.")
FOUND = _("%(file)s seems to hold %(what)s, %(where)s.")
FOUND_AT = _("%(file)s seems to hold %(what)s, %(where)s (%(places)s).")
UNREPORTED = _("%(file)s was not checked %(purpose)s.")
SKIPPED = _("%(file)s could not be checked %(purpose)s.")
SKIPPED_FOR = _("%(file)s could not be checked %(purpose)s: %(why)s.")
PARTIAL = _("%(file)s was only partly checked %(purpose)s.")
PARTIAL_FOR = _("%(file)s was only partly checked %(purpose)s: %(why)s.")
ONE_PLACE = _("in one place")
IN_PLACES = _("in %(count)d places")
BY = _("by %(scanner)s")
_PURPOSES = {"clamav": _("for viruses"), "presidio": _("for personal data")}
SENTENCES = (
    ADVICE, HARMFUL, FOUND_AT, FOUND, UNREPORTED, SKIPPED_FOR, SKIPPED, PARTIAL_FOR, PARTIAL,
)  # fmt: skip
FRAGMENTS = (
    ONE_PLACE, IN_PLACES, BY, *_PURPOSES.values(), *ENTITIES.values(), *REASONS.values(),
    *PLACES.values(), *PARTS.values(),
)  # fmt: skip


def _found(label: str, report: ScanReport, finding: FindingReport) -> str:
    if report.scanner == "clamav":
        return HARMFUL % {"file": label, "signature": finding.entity}
    words = {
        "file": label,
        "what": entity_text(finding.entity),
        "where": ONE_PLACE if finding.count == 1 else IN_PLACES % {"count": finding.count},
        "places": _places(finding),
    }
    return f"{(FOUND_AT if finding.locations else FOUND) % words} {ADVICE}"


def _places(finding: FindingReport) -> str:
    is_cut = len(finding.locations) < finding.count
    return ", ".join(map(place_text, finding.locations)) + (", …" if is_cut else "")


def _unseen(label: str, report: ScanReport) -> str:
    why = "; ".join(REASONS.get(code, code) for code in report.reasons)
    if report.coverage is Coverage.SKIPPED:
        sentence = SKIPPED_FOR if why else SKIPPED
    else:
        sentence = PARTIAL_FOR if why else PARTIAL
    return sentence % {"file": label, "purpose": _purpose(report.scanner), "why": why}


def _unreported(label: str, scanner: str) -> str:
    return UNREPORTED % {"file": label, "purpose": _purpose(scanner)}


def _purpose(scanner: str) -> str:
    return _PURPOSES.get(scanner, BY % {"scanner": scanner})

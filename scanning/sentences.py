"""What a verdict is told in: sentences for the collaborator.

In English, as they are stored; jobs/translated.py shows them in the reader's language.
"""

from __future__ import annotations

from backends.base import Coverage, FindingReport, ScanReport
from scanning.reasons import REASONS
from scanning.words import ENTITIES, PARTS, PLACES, _, entity_text, places_text

ADVICE = _("Remove or replace it and send it again.")
HARMFUL = _("%(file)s holds %(signature)s, which the virus scanner knows as harmful.")
FOUND = _("%(file)s seems to hold %(what)s, %(where)s.")
FOUND_AT = _("%(file)s seems to hold %(what)s, %(where)s (%(places)s).")
POSSIBLE = _("%(file)s possibly holds %(what)s, %(where)s.")
POSSIBLE_AT = _("%(file)s possibly holds %(what)s, %(where)s (%(places)s).")
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
    ADVICE, HARMFUL, FOUND_AT, FOUND, POSSIBLE_AT, POSSIBLE, UNREPORTED, SKIPPED_FOR, SKIPPED,
    PARTIAL_FOR, PARTIAL,
)  # fmt: skip
FRAGMENTS = (
    ONE_PLACE, IN_PLACES, BY, *_PURPOSES.values(), *ENTITIES.values(), *REASONS.values(),
    *PLACES.values(), *PARTS.values(),
)  # fmt: skip


def finding_text(label: str, report: ScanReport, finding: FindingReport, *, is_weak: bool) -> str:
    """What was found in a file, where, and what to do about it."""
    if report.scanner == "clamav":
        return HARMFUL % {"file": label, "signature": finding.entity}
    words = {
        "file": label,
        "what": entity_text(finding.entity),
        "where": ONE_PLACE if finding.count == 1 else IN_PLACES % {"count": finding.count},
        "places": _places(finding),
    }
    if is_weak:
        return (POSSIBLE_AT if finding.locations else POSSIBLE) % words
    return f"{(FOUND_AT if finding.locations else FOUND) % words} {ADVICE}"


def _places(finding: FindingReport) -> str:
    is_cut = len(finding.locations) < finding.count
    return places_text(finding.locations) + (", …" if is_cut else "")


def gap_text(label: str, report: ScanReport) -> str:
    """How far a file was not looked at, and why."""
    why = "; ".join(REASONS.get(code, code) for code in report.reasons)
    if report.coverage is Coverage.SKIPPED:
        sentence = SKIPPED_FOR if why else SKIPPED
    else:
        sentence = PARTIAL_FOR if why else PARTIAL
    return sentence % {"file": label, "purpose": _purpose(report.scanner), "why": why}


def unreported_text(label: str, scanner: str) -> str:
    """That nothing is known of what a scanner would have said."""
    return UNREPORTED % {"file": label, "purpose": _purpose(scanner)}


def _purpose(scanner: str) -> str:
    return _PURPOSES.get(scanner, BY % {"scanner": scanner})

"""The verdict on an upload: a pure function of what the scanners reported and what a PI wants."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from backends.base import Coverage, FindingReport, ScanReport
from scanning.evidence import DEFAULT_ENTITIES, STRONG
from scanning.reasons import BROKEN_OFF, REASONS, Gap, gaps_of
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
    """For one scanner: what follows from what it found, and from each way of not having looked.

    Of the kinds that words.py knows, only these `entities` count for anything (None: all); what
    else a site looks for, by recognisers of its own, always counts. Findings with less than the
    `threshold` of certainty only warn. Where findings are held or rejected, a file on which the
    check broke off is held at least: else who crafts one gets past the rule.
    """

    found: Handling  # OFF: this scanner is not to look at all
    partial: Handling = Handling.HOLD
    unscannable: Handling = Handling.HOLD
    encrypted: Handling = Handling.HOLD
    entities: frozenset[str] | None = None
    threshold: float = 0.0

    @property
    def gaps(self) -> dict[Gap, Handling]:
        """What follows from each kind of gap."""
        return {
            Gap.PARTIAL: self.partial,
            Gap.UNSCANNABLE: self.unscannable,
            Gap.ENCRYPTED: self.encrypted,
        }

    def concerns(self, entity: str) -> bool:
        """Whether findings of this kind count."""
        return self.entities is None or entity in self.entities or entity not in ENTITIES

    def is_weak(self, score: float) -> bool:
        """Whether a finding of this score is too uncertain to decide anything."""
        return score < self.threshold

    def of_finding(self, entity: str, score: float) -> Handling:
        """What follows from a finding."""
        if not self.concerns(entity):
            return Handling.OFF
        return min(self.found, Handling.WARN) if self.is_weak(score) else self.found

    def of_gaps(self, coverage: Coverage, reasons: Collection[str]) -> Handling:
        """The strictest of what follows from what the scanner did not look at."""
        handlings = [self.gaps[gap] for gap in gaps_of(coverage, reasons)]
        if handlings and self.found >= Handling.HOLD and BROKEN_OFF.intersection(reasons):
            handlings.append(Handling.HOLD)
        return max(handlings, default=Handling.OFF)


@dataclass(frozen=True)
class Policy:
    """What a pipeline's people want; presets.py has some that fit together."""

    viruses: Rule = Rule(found=Handling.REJECT)
    personal_data: Rule = Rule(
        found=Handling.HOLD, entities=frozenset(DEFAULT_ENTITIES), threshold=STRONG
    )

    @property
    def rules(self) -> dict[str, Rule]:
        """By scanner, of those that are to look."""
        named = {"clamav": self.viruses, "presidio": self.personal_data}
        return {name: rule for name, rule in named.items() if rule.found is not Handling.OFF}


STRICT = Rule(found=Handling.HOLD)  # for a scanner that no rule names


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
    """The verdict, the reasons for it, and what else the collaborator should know.

    `is_complete` where every scanner that was to look has looked at all of every file.
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_complete: bool = True


Note = tuple[Handling, str]


def decide(files: Sequence[ScannedFile], policy: Policy) -> Decision:
    """The strictest of what follows from every report; a missing report counts as unscannable."""
    rules = policy.rules
    notes = [note for file in files for note in _notes(file, rules)]
    worst = max((handling for handling, _ in notes), default=Handling.OFF)
    return Decision(
        verdict=Verdict(max(worst, Verdict.ACCEPT)),
        reasons=tuple(text for handling, text in notes if handling >= Handling.HOLD),
        warnings=tuple(text for handling, text in notes if handling == Handling.WARN),
        is_complete=all(_is_complete(file, rules) for file in files),
    )


def _notes(file: ScannedFile, rules: Mapping[str, Rule]) -> list[Note]:
    notes: list[Note] = []
    for report in file.reports:
        rule = rules.get(report.scanner, STRICT)
        notes += [_finding_note(file.label, report, found, rule) for found in report.findings]
        handling = rule.of_gaps(report.coverage, report.reasons)
        notes.append((handling, _unseen(file.label, report)))
    reported = {report.scanner for report in file.reports}
    for name in sorted(rules.keys() - reported):
        notes.append((rules[name].unscannable, _unreported(file.label, name)))
    return [note for note in notes if note[0] is not Handling.OFF]


def _finding_note(label: str, report: ScanReport, finding: FindingReport, rule: Rule) -> Note:
    words = _found(label, report, finding, is_weak=rule.is_weak(finding.score))
    return rule.of_finding(finding.entity, finding.score), words


def _is_complete(file: ScannedFile, rules: Mapping[str, Rule]) -> bool:
    complete = {one.scanner for one in file.reports if one.coverage is Coverage.COMPLETE}
    return {*rules, *(one.scanner for one in file.reports)} <= complete


# --- words for the collaborator --------------------------------------------------------------
# In English, as they are stored; jobs/translated.py shows them in the reader's language.


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


def _found(label: str, report: ScanReport, finding: FindingReport, *, is_weak: bool) -> str:
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

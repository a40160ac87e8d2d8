"""The verdict on an upload: a pure function of what the scanners reported and what a PI wants."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from backends.base import Coverage, FindingReport, ScanReport
from scanning.evidence import DEFAULT_ENTITIES, STRONG
from scanning.reasons import BROKEN_OFF, Gap, gaps_of
from scanning.sentences import finding_text, gap_text, unreported_text
from scanning.words import ENTITIES


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
        notes.append((handling, gap_text(file.label, report)))
    reported = {report.scanner for report in file.reports}
    for name in sorted(rules.keys() - reported):
        notes.append((rules[name].unscannable, unreported_text(file.label, name)))
    return [note for note in notes if note[0] is not Handling.OFF]


def _finding_note(label: str, report: ScanReport, finding: FindingReport, rule: Rule) -> Note:
    words = finding_text(label, report, finding, is_weak=rule.is_weak(finding.score))
    return rule.of_finding(finding.entity, finding.score), words


def _is_complete(file: ScannedFile, rules: Mapping[str, Rule]) -> bool:
    complete = {one.scanner for one in file.reports if one.coverage is Coverage.COMPLETE}
    return {*rules, *(one.scanner for one in file.reports)} <= complete

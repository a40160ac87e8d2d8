"""What has been seen and found of one file: kept in one inspection, told through looks.

A look is a view of the inspection at a place: "member 3", "page 2". Readers tell it what they
found, what they saw and what they missed; they never keep or hand on a piece of the content.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from backends.base import MAX_LOCATIONS, Coverage, FindingReport, Place
from scanning.budget import Purse
from scanning.evidence import STRONG
from scanning.examination import Examination
from scanning.limits import Limits, Meter
from scanning.reasons import MAX_REASONS


@dataclass
class Tally:
    """What has been found of one entity so far; the weak only as long as nothing is strong."""

    count: int = 0
    score: float = 0.0
    places: list[Place] = field(default_factory=list)

    def add(self, score: float, place: Place, count: int) -> None:
        if score >= STRONG > self.score:
            self.count, self.places = 0, []
        elif score < STRONG <= self.score:
            return
        self.count += count
        self.score = max(self.score, score)
        if len(self.places) < MAX_LOCATIONS and place not in self.places:
            self.places.append(place)

    def report(self, entity: str) -> FindingReport:
        return FindingReport(entity, self.count, round(self.score, 2), tuple(self.places))


@dataclass
class Inspection:
    """Of one file, all that is to be reported; `seed` chooses the samples of what is too long."""

    purse: Purse
    seed: int
    meter: Meter = field(default_factory=lambda: Meter(Limits()))
    tallies: dict[str, Tally] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    seen_bytes: int = 0  # of content; unpacked, where the file is packed
    missed_bytes: int = 0
    text_bytes: int = 0  # of what was read as text, and how many characters that was
    text_chars: int = 0
    is_sampled: bool = False

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - for samples, not for secrets

    def look(self) -> Look:
        """The look at the whole file."""
        return Look(self)

    def examination(self, size_bytes: int, method: str, *, read_bytes: int) -> Examination:
        """What has come out; seen bytes are reckoned back to the `size_bytes` stored.

        They cannot be more than were read at all: reading may have ended early.
        """
        self._reckon_unread()
        content = self.seen_bytes + self.missed_bytes
        is_skipped = bool(self.reasons) and not self.seen_bytes
        seen = min(size_bytes * self.seen_bytes // content, read_bytes) if content else 0
        partly = Coverage.SKIPPED if is_skipped else Coverage.PARTIAL
        return Examination(
            coverage=partly if self.reasons else Coverage.COMPLETE,
            scanned_bytes=seen if self.reasons else size_bytes,
            reasons=tuple(self.reasons),
            findings=tuple(tally.report(name) for name, tally in sorted(self.tallies.items())),
            method=method,
            seed=self.seed if self.is_sampled else None,
        )

    def _reckon_unread(self) -> None:
        """Of the bytes that were seen, take those that should have been read more closely."""
        self.is_sampled = self.is_sampled or bool(self.purse.passed_over_chars)
        unread = {
            "SAMPLED": self.purse.passed_over_chars,
            "TIMED_OUT": self.purse.timed_out_chars,
        }
        for reason, chars in unread.items():
            if chars:
                size_bytes = chars * self.text_bytes // max(self.text_chars, 1)
                size_bytes = min(size_bytes, self.seen_bytes)
                self.seen_bytes -= size_bytes
                self.look().missed(reason, size_bytes)


@dataclass(frozen=True)
class Look:
    """One place of the inspected file, and how deep in archives it is."""

    inspection: Inspection
    place: Place = ()
    depth: int = 0  # of archives around it

    def at(self, kind: str, value: int | str) -> Look:
        """The look at a place within this one."""
        return Look(self.inspection, (*self.place, (kind, value)), self.depth)

    def member(self, number: int) -> Look:
        """The look at an archive's member."""
        return self.at("member", number).inside()

    def inside(self) -> Look:
        """The look at what is packed here, at the same place."""
        return Look(self.inspection, self.place, self.depth + 1)

    def found(
        self, entity: str, score: float, *within: tuple[str, int | str], count: int = 1
    ) -> None:
        """`count` things of this kind are here, or at a place within."""
        tally = self.inspection.tallies.setdefault(entity, Tally())
        tally.add(score, (*self.place, *within), count)

    def seen(self, size_bytes: int) -> None:
        """So many bytes of content were looked at as closely as they should be."""
        self.inspection.seen_bytes += size_bytes

    def missed(self, reason: str, size_bytes: int = 0) -> None:
        """Something was not looked at: a code of `scanning.reasons`; its bytes, if known."""
        self.inspection.missed_bytes += size_bytes
        reasons = self.inspection.reasons
        if reason not in reasons and len(reasons) < MAX_REASONS:
            reasons.append(reason)

    def unsupported(self, size_bytes: int) -> None:
        """There is no reader for what is here."""
        self.missed("MEMBERS_UNSUPPORTED" if self.depth else "UNSUPPORTED_FORMAT", size_bytes)

    def sampled(self, missed_bytes: int) -> None:
        """So many bytes were passed over by the choice of `inspection.random`."""
        self.inspection.is_sampled = True
        self.missed("SAMPLED", missed_bytes)

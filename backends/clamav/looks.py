"""What clamd said of one file so far: of its windows, and of the members of an archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from backends.base import Coverage, FindingReport, Place, ScanFile, ScanReport
from backends.clamav.verdicts import Verdict


@dataclass
class Look:
    """At one object, in one window or more."""

    signature: str = ""
    reasons: list[str] = field(default_factory=list)
    read_bytes: int = 0
    scanned_bytes: int = 0  # with what is packed in them
    is_seen_from_outside: bool = True

    def note(self, verdict: Verdict, read_bytes: int) -> None:
        """Add the verdict on what has been read since the last one, `read_bytes` in all."""
        new_bytes, self.read_bytes = read_bytes - self.read_bytes, read_bytes
        self.signature = verdict.signature
        self.is_seen_from_outside &= verdict.is_seen_from_outside
        if not verdict.reason:
            self.scanned_bytes += new_bytes
        _add(self.reasons, [verdict.reason] if verdict.reason else [])


@dataclass
class Members:
    """Looks at an archive's members, one after another, until one holds a virus."""

    signature: str = ""
    place: Place = ()  # of the virus
    reasons: list[str] = field(default_factory=list)
    count: int = 0
    read_bytes: int = 0
    scanned_bytes: int = 0

    def note(self, look: Look, place: Place) -> None:
        """Add what was said of the member at this place."""
        self.count += 1
        self.read_bytes += look.read_bytes
        self.scanned_bytes += look.scanned_bytes
        _add(self.reasons, look.reasons)
        if look.signature:
            self.signature, self.place = look.signature, place


@dataclass(frozen=True)
class Summary:
    """Both together; `members` has none if it is no archive, or there was no need to open it."""

    whole: Look
    members: Members

    def report(self, file: ScanFile, versions: Mapping[str, str]) -> ScanReport:
        """What to tell of the file."""
        reasons, scanned_bytes = self._reasons(), self._scanned_bytes(file.size_bytes)
        if self._signature and (self.members.count or scanned_bytes < file.size_bytes):
            _add(reasons, ["STOPPED_AT_FINDING"])
        partly = Coverage.PARTIAL if scanned_bytes else Coverage.SKIPPED
        return ScanReport(
            scanner="clamav",
            coverage=partly if reasons else Coverage.COMPLETE,
            size_bytes=file.size_bytes,
            scanned_bytes=scanned_bytes if reasons else file.size_bytes,
            reasons=tuple(reasons),
            findings=tuple(self._findings()),
            method=self._method(),
            versions=versions,
        )

    @property
    def _signature(self) -> str:
        return self.whole.signature or self.members.signature

    def _reasons(self) -> list[str]:
        """Once all members were looked at, the archive itself need only be seen from outside."""
        reasons = list(self.whole.reasons)
        if self.members.count:
            made_good = {"WINDOWED"}
            if self.whole.is_seen_from_outside:
                made_good.add("LIMITS_EXCEEDED")
            reasons = [reason for reason in reasons if reason not in made_good]
        _add(reasons, self.members.reasons)
        return reasons

    def _scanned_bytes(self, size_bytes: int) -> int:
        """Of members, reckoned back to what is stored."""
        if not self.members.read_bytes:
            return self.whole.scanned_bytes
        share = size_bytes * self.members.scanned_bytes // self.members.read_bytes
        return max(self.whole.scanned_bytes, share)

    def _findings(self) -> Iterable[FindingReport]:
        if self._signature:
            places = (self.members.place,) if self.members.place else ()
            yield FindingReport(self._signature, 1, 1.0, places)

    def _method(self) -> str:
        if self.members.count:
            return "members"
        return "windows" if "WINDOWED" in self.whole.reasons else "whole"


def _add(reasons: list[str], more: Iterable[str]) -> None:
    reasons.extend(reason for reason in dict.fromkeys(more) if reason not in reasons)

"""One text looked at for personal data, as a stream: every byte by the gate, some by Presidio."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from backends.base import MAX_LOCATIONS, Coverage, FindingReport
from backends.presidio import RawFinding
from scanning.evidence import counted_as
from scanning.frames import Budget, Examination
from scanning.gate import Gate, Hits
from scanning.text import Window, decoded, windows
from scanning.types import HEAD_BYTES, text_encoding


class Analyzer(Protocol):
    """What is asked of `backends.presidio.Presidio`."""

    @property
    def timeouts(self) -> int: ...

    def analyze(self, text: str) -> list[RawFinding]: ...


class Examiner:
    """Looks at one file after another; the readers of other kinds of content go in here."""

    def __init__(self, analyzer: Analyzer, entities: Sequence[str], budget: Budget) -> None:
        self._analyzer = analyzer
        self._entities = entities
        self._budget = budget
        self._gate = Gate(entities)

    def examine(self, chunks: Iterator[bytes]) -> Examination:
        """The findings in a file's bytes; what is not text is SKIPPED after its first bytes."""
        head = _head(chunks)
        encoding = text_encoding(head)
        if encoding is None:
            return Examination(Coverage.SKIPPED, 0, reasons=("NOT_TEXT",))
        look = _Look(self._analyzer, self._entities, _Purse.filled(self._budget))
        for window in windows(decoded(look.counted(chain([head], chunks)), encoding)):
            look.at(window, self._gate.hits(window.text, is_start=not window.seen))
        return look.examination()


def _head(chunks: Iterator[bytes]) -> bytes:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return head


@dataclass
class _Purse:
    """What is left of a file's budget."""

    name_chars: int
    pattern_chars: int
    cpu_until_s: float  # on this process's own CPU clock

    @classmethod
    def filled(cls, budget: Budget) -> _Purse:
        until = time.process_time() + budget.seconds
        return cls(budget.name_chars, budget.pattern_chars, until)

    def pays_for(self, hits: Hits, chars: int) -> bool:
        """Whether a window of so many characters may go to Presidio; if so, it is paid."""
        if time.process_time() >= self.cpu_until_s:
            return False
        # Two pots: prose at the beginning shall not eat what an address at the end needs.
        left = self.pattern_chars if hits.pattern else self.name_chars
        if left < chars:
            return False
        if hits.pattern:
            self.pattern_chars -= chars
        else:
            self.name_chars -= chars
        return True


@dataclass
class _Tally:
    """What has been found of one entity so far."""

    count: int = 0
    score: float = 0.0
    lines: list[int] = field(default_factory=list)

    def add(self, score: float, line: int) -> None:
        self.count += 1
        self.score = max(self.score, score)
        if len(self.lines) < MAX_LOCATIONS:
            self.lines.append(line)

    def report(self, entity: str) -> FindingReport:
        places = tuple(f"line {line}" for line in self.lines)
        return FindingReport(entity, self.count, round(self.score, 2), places)


class _Look:
    """The state of looking at one text."""

    def __init__(self, analyzer: Analyzer, entities: Sequence[str], purse: _Purse) -> None:
        self._analyzer = analyzer
        self._entities = entities
        self._purse = purse
        self._timeouts_before = analyzer.timeouts
        self._tallies: dict[str, _Tally] = {}
        self._read_bytes = 0
        self._chars = 0  # of the text as decoded, without overlaps
        self._passed_over_chars = 0  # of windows that Presidio should have seen
        self._has_binary_parts = False

    def counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks, their bytes counted."""
        for chunk in chunks:
            self._read_bytes += len(chunk)
            yield chunk

    def at(self, window: Window, hits: Hits) -> None:
        """Look at one window as closely as the gate's hits and the budget say."""
        new_chars = len(window.text) - window.seen
        self._chars += new_chars
        self._has_binary_parts |= "\0" in window.text
        if not (hits.pattern or hits.name):
            return
        if self._purse.pays_for(hits, new_chars):
            self._ask_presidio(window)
        else:
            self._passed_over_chars += new_chars

    def _ask_presidio(self, window: Window) -> None:
        for finding in self._analyzer.analyze(window.text):
            entity = counted_as(finding, window.text, self._entities)
            if entity and window.owns(finding.end):
                line = window.line_at(finding.start)
                self._tallies.setdefault(entity, _Tally()).add(finding.score, line)

    def examination(self) -> Examination:
        """What has come out; bytes are reckoned from characters where some were passed over."""
        reasons = {
            "SAMPLED": self._passed_over_chars > 0,
            "PATTERN_TIMED_OUT": self._analyzer.timeouts > self._timeouts_before,
            "BINARY_PARTS": self._has_binary_parts,
        }
        why = tuple(reason for reason, applies in reasons.items() if applies)
        seen_chars = self._chars - self._passed_over_chars
        return Examination(
            coverage=Coverage.PARTIAL if why else Coverage.COMPLETE,
            scanned_bytes=self._read_bytes * seen_chars // max(self._chars, 1),
            reasons=why,
            findings=tuple(tally.report(name) for name, tally in sorted(self._tallies.items())),
        )

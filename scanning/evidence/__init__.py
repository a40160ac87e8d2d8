"""What counts as personal data: which of Presidio's raw findings are evidence, and which chance.

Raw, Presidio flags four in five clean scientific files, and its worst misses carry its best
scores (decimals as card numbers, `SamplingFrequency` as a person): so no threshold on its
scores helps, only a look at what stands around a finding. Evidence has a score of our own:
strong evidence decides what becomes of a file, weak evidence is only told. What that costs and
gains is measured by `make accuracy`, see docs/scanning.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from backends.presidio import RawFinding
from scanning.evidence.entities import (
    COLUMN_ENTITIES,
    DEFAULT_ENTITIES,
    NARROWED,
    presidio_entities,
)
from scanning.evidence.names import name_weight
from scanning.evidence.numbers import is_birth_date, is_card, is_ip_address, is_phone, is_ssn
from scanning.evidence.prose import reads_as_prose, stands_in_prose
from scanning.evidence.sight import STRONG, WEAK, Sight, has_words_for
from scanning.evidence.words import CONTEXT_WORDS

__all__ = [
    "COLUMN_ENTITIES", "CONTEXT_WORDS", "DEFAULT_ENTITIES", "STRONG", "WEAK", "Evidence",
    "evidence_in", "presidio_entities",
]  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """That text[start:end] is personal data of this kind, with a score of 0 to 1."""

    entity: str
    score: float
    start: int
    end: int

    def overlaps(self, other: Evidence) -> bool:
        """Whether the other is of the same kind, and shares some of the text."""
        return self.entity == other.entity and self.start < other.end and other.start < self.end


def evidence_in(
    text: str,
    findings: Iterable[RawFinding],
    entities: Iterable[str],
    *,
    is_prose: bool | None = None,
) -> Iterator[Evidence]:
    """What of the raw findings in `text` is evidence of one of these entities.

    Names are told from other words by what kind of text it is: by `is_prose`, or by its looks,
    and those of the line.
    """
    style = reads_as_prose(text) if is_prose is None else is_prose
    wanted = tuple(entities)
    for finding in findings:
        in_prose = style or (is_prose is None and stands_in_prose(text, finding.start))
        sight = Sight.of(finding, text, is_prose=in_prose)
        for entity in wanted:
            if NARROWED.get(entity, entity) == finding.entity and (score := weight(entity, sight)):
                yield Evidence(entity, score, finding.start, finding.end)
                break


def weight(entity: str, sight: Sight) -> float:
    """How good the evidence is that this is a sight of the entity; 0 if it is none."""
    if entity == "PERSON":
        return name_weight(sight)
    if entity not in DEFAULT_ENTITIES and not has_words_for(entity):
        return sight.score if sight.score >= WEAK else 0  # a site's own: it says how sure it is
    return max(sight.score, STRONG) if _is_evidence(entity, sight) else 0


def _is_evidence(entity: str, sight: Sight) -> bool:
    if entity in _RULES:
        return _RULES[entity](sight)
    if has_words_for(entity):
        return not sight.is_glued and sight.score >= 0.4 and sight.has_context(entity)
    return sight.score >= 0.5


_RULES: dict[str, Callable[[Sight], bool]] = {
    "PHONE_NUMBER": is_phone,
    "CREDIT_CARD": is_card,
    "US_SSN": is_ssn,
    "DATE_OF_BIRTH": is_birth_date,
    "IP_ADDRESS": is_ip_address,
}

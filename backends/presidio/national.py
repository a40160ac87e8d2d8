"""Presidio's recognisers of national numbers, for texts in any language.

Presidio offers each for its own country's language only, but research data is written in
English everywhere. They are taken as they are, with their check digits; what they find is one
of two kinds, and counts only beside a word for it (scanning/evidence).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

LANGUAGE = "en"  # of the engine
_KINDS = {
    "NATIONAL_ID": (
        "UkNinoRecognizer",
        "DeTaxIdRecognizer",
        "EsNifRecognizer",
        "EsNieRecognizer",
        "ItFiscalCodeRecognizer",
        "FiPersonalIdentityCodeRecognizer",
        "SePersonnummerRecognizer",
    ),
    "INSURANCE_NUMBER": (
        "DeSocialSecurityRecognizer",
        "DeHealthInsuranceRecognizer",
        "UsMbiRecognizer",
    ),
}
_MIN_SCORE = 0.3  # weaker patterns match pieces of any long number


def national_recognizers() -> Iterator[EntityRecognizer]:
    """One of each, for Presidio's registry."""
    from presidio_analyzer import predefined_recognizers

    for entity, names in _KINDS.items():
        for name in names:
            make = getattr(predefined_recognizers, name)
            yield make(
                patterns=[pattern for pattern in make.PATTERNS if pattern.score >= _MIN_SCORE],
                supported_language=LANGUAGE,
                supported_entity=entity,
            )

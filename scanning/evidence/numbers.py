"""Numbers: what is a telephone number, a card or a birth date, and what a measurement."""

from __future__ import annotations

import re

from scanning.evidence.sight import Sight

# Beside other numbers it is likely to be some of them: in a matrix, or in a table's row.
_CELL_BEFORE = re.compile(r"[\d\t,;]\s*\Z")
_NUMBER_BEFORE = re.compile(r"\d[ \t]+\Z")
_NUMBER_AFTER = re.compile(r"[ \t]+-?\d")

_DASHED_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
_SPACED_CARD = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{5}")
_NO_PHONE = re.compile(r"\s{2}|\d\.\d+\s|\d{4}-\d\d-\d\d|^0\.\d|^\d+\.\d+$")
_CLOCK_BEFORE = re.compile(r"\d:\Z")  # the seconds of a time, the year and the zone behind it
_MIN_PHONE_DIGITS = 7
_DATE = re.compile(
    r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}|\d{1,2}[-. ]{1,2}[^\W\d_]{3,9}[-. ,]{1,2}\d{2,4}"
    r"|[^\W\d_]{3,9}[. ]{1,2}\d{1,2}(?:st|nd|rd|th)?,? \d{4}|[^\W\d_]{3,9}[. ,]{1,2}\d{4}"
)


def is_phone(sight: Sight) -> bool:
    has_plus = sight.value.startswith("+")
    if sight.is_glued_after or (sight.is_glued_before and not has_plus):
        return False
    if sight.digits < _MIN_PHONE_DIGITS or _NO_PHONE.search(sight.value):
        return False
    if _CLOCK_BEFORE.search(sight.before):
        return False
    if sight.has_context("PHONE_NUMBER"):
        return True
    in_a_row = _CELL_BEFORE.search(sight.before) or _NUMBER_AFTER.match(sight.after)
    separators = len(re.findall(r"[-() ]", sight.value))
    return not in_a_row and (has_plus or (separators >= 2 and sight.digits >= 9))


def is_card(sight: Sight) -> bool:
    if sight.score < 0.9:  # Luhn's check failed; by chance one number in ten passes it
        return False
    if sight.has_context("CREDIT_CARD") and not sight.is_glued:
        return True
    in_a_row = _NUMBER_BEFORE.search(sight.before) or _NUMBER_AFTER.match(sight.after)
    is_spaced = _SPACED_CARD.fullmatch(sight.value) is not None
    return is_spaced and not in_a_row and not sight.runs_on


def is_ssn(sight: Sight) -> bool:
    if sight.score < 0.5:
        return False
    if _DASHED_SSN.fullmatch(sight.value):
        return not sight.runs_on
    return not sight.is_glued and sight.has_context("US_SSN")


def is_birth_date(sight: Sight) -> bool:
    is_date = _DATE.search(sight.value) is not None
    return is_date and sight.score >= 0.4 and sight.has_context("DATE_OF_BIRTH")


def is_ip_address(sight: Sight) -> bool:
    return sight.score >= 0.6 and sight.has_context("IP_ADDRESS")

"""Whether a single value of a column can be what its header says: forms and check digits."""

from __future__ import annotations

import re

_NAME = re.compile(
    r"(?:(?:Dr|Prof|Mrs?|Ms)\.? )?[^\W\d_][^\W\d_'’.-]*(?:['’.-][^\W\d_]+)*\.?"
    r"(?:,? [^\W\d_][^\W\d_'’.-]*(?:['’.-][^\W\d_]+)*\.?){0,4}"
)
_EMAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_TIME = r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?"
_MONTH = r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]*"
_DATE = re.compile(
    rf"(?:1[89]|20)\d\d([-/.]?)(?:0?[1-9]|1[0-2])\1(?:[0-2]?\d|3[01]){_TIME}"
    rf"|\d{{1,2}}[-/. ]+(?:\d{{1,2}}|{_MONTH}\.?)[-/. ]+(?:(?:1[89]|20)\d\d|\d\d){_TIME}"
    rf"|{_MONTH}\.? \d{{1,2}},? (?:1[89]|20)\d\d",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+?[\d ()./-]{7,22}(?: ?(?:x|ext\.?) ?\d{1,6})?", re.IGNORECASE)
_WRITTEN_PHONE = re.compile(r"\+\d[\d ()/-]{7,18}|\(?\d{3}\)?[ -]\d{3}[ -]\d{4}")
_DECIMAL = re.compile(r"\d+\.\d+")
_STREET = re.compile(
    r"\d{1,5}[a-zA-Z]?,? [^\W\d_][\w .,'’#/-]{2,60}|[^\W\d_][\w .,'’-]{2,60} \d{1,4} ?[a-zA-Z]?"
)
_POSTCODE = re.compile(
    r"\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d"
    r"|(?:[A-Z]{1,2}-)?\d{4,5}|\d{4} ?[A-Z]{2}",
)
_SSN = re.compile(r"(?!000|666|9)\d{3}(-?)(?!00)\d{2}\1(?!0000)\d{4}")
_CODE = re.compile(r"[A-Za-z]{0,4}[ -]?\d(?:[ ./-]?[A-Za-z\d]){4,24}")
_PLATE = re.compile(
    r"(?=.*\d)(?=.*[A-Z])(?:[A-HJ-NPR-Z\d]{17}"
    r"|[A-ZÄÖÜ\d]{1,4}[ -][A-Z\d]{1,4}(?:[ -]?[A-Z\d]{1,4})?)"
)
_DEVICE = re.compile(r"(?:[\dA-Fa-f]{2}[:-]){5}[\dA-Fa-f]{2}|(?=(?:.*\d){4})[\w./-]{6,40}")
_INTERNET = re.compile(
    r"(?:\d{1,3}\.){3}\d{1,3}|(?:[\da-f]{0,4}:){3,7}[\da-f]{1,4}|https?://\S+|www\.\S+|@\w{2,}",
    re.IGNORECASE,
)
_CREDENTIAL = re.compile(r"(?=.*[^\W\d_])\S{4,64}")
_PICTURE = re.compile(r"\S.*\.(?:jpe?g|png|gif|heic|webp|bmp|tiff?)", re.IGNORECASE)
_CARD = re.compile(r"[3-6]\d{3}[ -]?(?:\d{4}[ -]?\d{4}[ -]?\d{1,7}|\d{6}[ -]?\d{4,5})")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z\d]{11,30}")
_SEPARATORS = re.compile(r"[ -]")
MIN_PHONE_DIGITS, MAX_PHONE_DIGITS = 7, 15  # E.164


def is_name(value: str) -> bool:
    """One to six words of letters, the first of them with a capital."""
    return len(value) > 1 and value[0].isupper() and bool(_NAME.fullmatch(value))


def is_email(value: str) -> bool:
    return bool(_EMAIL.fullmatch(value))


def is_date(value: str) -> bool:
    """A whole date: a year alone is shared by too many."""
    return bool(_DATE.fullmatch(value))


def is_phone(value: str) -> bool:
    """What may be a telephone number where a header says so."""
    digits = sum(character.isdigit() for character in value)
    return (
        MIN_PHONE_DIGITS <= digits <= MAX_PHONE_DIGITS
        and bool(_PHONE.fullmatch(value))
        and not _DATE.fullmatch(value)
        and not _DECIMAL.fullmatch(value)
    )


def is_written_phone(value: str) -> bool:
    """A telephone number in a form that few other numbers have."""
    return bool(_WRITTEN_PHONE.fullmatch(value))


def is_street(value: str) -> bool:
    """A house number and at least one word."""
    return bool(_STREET.fullmatch(value))


def is_postcode(value: str) -> bool:
    return bool(_POSTCODE.fullmatch(value.upper()))


def is_ssn(value: str) -> bool:
    """A US social security number; area, group and serial number may not be zeros (SSA)."""
    return bool(_SSN.fullmatch(value))


def is_dashed_ssn(value: str) -> bool:
    return "-" in value and is_ssn(value)


def is_code(value: str) -> bool:
    """A number as authorities give them: five characters or more, most of them digits."""
    digits = sum(character.isdigit() for character in value)
    return bool(_CODE.fullmatch(value)) and digits * 2 >= len(value) and not is_date(value)


def is_plate(value: str) -> bool:
    """A vehicle's number plate, or its identification number (ISO 3779)."""
    return bool(_PLATE.fullmatch(value.upper()))


def is_device(value: str) -> bool:
    """A MAC address, or a serial number with four digits at least."""
    return bool(_DEVICE.fullmatch(value)) and not is_date(value)


def is_internet(value: str) -> bool:
    """An IP address, a web address or an account's handle."""
    return bool(_INTERNET.fullmatch(value))


def is_credential(value: str) -> bool:
    return bool(_CREDENTIAL.fullmatch(value))


def is_picture(value: str) -> bool:
    """The file name or address of a picture."""
    return bool(_PICTURE.fullmatch(value))


def is_card(value: str) -> bool:
    """A payment card number: its length, its first digit and Luhn's sum (ISO/IEC 7812)."""
    return bool(_CARD.fullmatch(value)) and _luhn(_SEPARATORS.sub("", value))


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(map(int, digits[::-2]))) % 10 == 0


def is_iban(value: str) -> bool:
    """An IBAN: its remainder by 97 must be 1 (ISO 13616)."""
    compact = value.replace(" ", "").upper()
    if not _IBAN.fullmatch(compact):
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def is_nhs(value: str) -> bool:
    """An NHS number: ten digits, the last of them a check by 11 (NHS Data Dictionary)."""
    digits = _SEPARATORS.sub("", value)
    if not (len(digits) == 10 and digits.isdecimal()) or len(set(digits)) == 1:
        return False
    total = sum((10 - at) * int(digit) for at, digit in enumerate(digits[:9]))
    return (11 - total % 11) % 11 == int(digits[9])

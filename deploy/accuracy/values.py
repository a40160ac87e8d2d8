"""Values that look like somebody's and are nobody's, with the check digits that they need."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from random import Random

# Country, the length of the account's part, and how that is written: all digits, or letters first.
_IBANS = (
    ("DE", "dddddddddddddddddd"),
    ("GB", "LLLLdddddddddddddd"),
    ("FR", "ddddddddddddddddddddddd"),
    ("ES", "dddddddddddddddddddd"),
    ("NL", "LLLLdddddddddd"),
    ("CH", "ddddddddddddddddd"),
    ("AT", "dddddddddddddddd"),
)
_LETTERS = "ABCDEFGHKLMNPRSTUVWX"
# "d" is any digit, "n" one from 2 to 9.
_PHONES = (
    "(212) n35-dddd",
    "415-n71-dddd",
    "+1 617 n48 dddd",
    "312.n26.dddd",
    "+44 20 7946 dddd",
    "+44 7700 90dddd",
    "020 7946 dddd",
    "+49 30 901 dddd",
    "+49 171 nddddnd",
    "0171 nddddnd",
    "030 / 901dddd",
    "+33 6 12 nd dd dd",
    "01 42 nd dd dd",
    "+34 612 ndd ddd",
    "+39 06 698 ddddd",
    "+41 44 632 nd dd",
    "+46 8 790 nd dd",
    "+31 20 525 dddd",
    "+91 98nd ddd ddd",
    "+61 2 9351 dddd",
    "+81 3 5841 dddd",
    "+55 11 3091 dddd",
)
_CARDS = (("4", 16), ("51", 16), ("53", 16), ("37", 15), ("6011", 16))
_HOSTS = (
    *("cardiff-clinic.org", "mail.uni-rostock.de", "stmaryhospital.co.uk", "gmx.net", "orange.fr"),
    *("bioinf.unipd.it", "outlook.com", "protonmail.com", "ki.se", "health.gov.au"),
)
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y")


class Values:
    """Values as `random` picks them."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def email(self, given: str, surname: str) -> str:
        """The address of somebody of that name."""
        first, last = _ascii(given), _ascii(surname)
        local = self._random.choice(
            (f"{first}.{last}", f"{first[0]}{last}", f"{last}{self._digits(2)}", f"{last}_{first}")
        )
        return f"{local}@{self._random.choice(_HOSTS)}"

    def phone(self) -> str:
        """A telephone number, in one of the ways of its country."""
        return self._filled(self._random.choice(_PHONES))

    def iban(self) -> str:
        """An IBAN with its check digits (ISO 13616), with spaces or without."""
        country, form = self._random.choice(_IBANS)
        account = self._filled(form)
        number = "".join(str(int(character, 36)) for character in f"{account}{country}00")
        iban = f"{country}{98 - int(number) % 97:02}{account}"
        return self._random.choice((iban, _grouped(iban, (4,) * 9)))

    def ssn(self) -> str:
        """A US social security number in its usual form."""
        area = self._random.choice([n for n in range(1, 900) if n not in (78, 123, 219, 457, 666)])
        return f"{area:03}-{self._random.randint(10, 99)}-{self._random.randint(1000, 9999)}"

    def card(self) -> str:
        """A payment card's number with its check digit, in groups or not."""
        start, length = self._random.choice(_CARDS)
        body = start + self._digits(length - 1 - len(start))
        number = body + _luhn_digit(body)
        groups = (4, 6, 5) if length == 15 else (4, 4, 4, 4)
        return _grouped(number, groups, self._random.choice((" ", "-", "")))

    def passport(self) -> str:
        """A US passport's number: nine digits, or a letter and eight."""
        return self._random.choice(("", "A", "C")).ljust(1, "5") + self._digits(8)

    def nhs(self) -> str:
        """An NHS number with its check digit (modulo 11)."""
        while True:
            body = str(self._random.randint(400_000_000, 799_999_999))
            check = 11 - sum(int(d) * w for d, w in zip(body, range(10, 1, -1), strict=True)) % 11
            if check != 10:
                whole = body + str(check % 11)
                return self._random.choice((whole, _grouped(whole, (3, 3, 4))))

    def national_id(self) -> str:
        """A British national insurance number, or a German tax number with its check digit."""
        if self._random.random() < 0.5:
            letters = self._random.choice(("AB", "CE", "JK", "PR", "SW", "WM"))
            return f"{letters}{self._digits(6)}{self._random.choice('ABCD')}"
        body = "".join(self._random.sample("123456789", 9)) + self._digits(1)
        return body + _iso_7064_digit(body)

    def birth_date(self) -> str:
        """Somebody's birthday, as it is written here and there."""
        day = date(1935, 1, 1) + timedelta(days=self._random.randrange(25_000))
        return day.strftime(self._random.choice(_DATES))

    def record_number(self) -> str:
        """A hospital's number of a patient: of no common form."""
        return self._random.choice((self._digits(8), self._digits(7), f"M{self._digits(7)}"))

    def _digits(self, count: int) -> str:
        return "".join(self._random.choice("0123456789") for _ in range(count))

    def _filled(self, form: str) -> str:
        kinds = {"d": "0123456789", "n": "23456789", "L": _LETTERS}
        return "".join(self._random.choice(kinds.get(character, character)) for character in form)


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.lower().replace("ı", "i").replace("ł", "l"))
    return "".join(character for character in plain if character.isascii() and character.isalpha())


def _grouped(text: str, sizes: tuple[int, ...], gap: str = " ") -> str:
    groups, at = [], 0
    for size in sizes:
        groups.append(text[at : at + size])
        at += size
    return gap.join(group for group in groups if group)


def _luhn_digit(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def _iso_7064_digit(body: str) -> str:
    """ISO 7064, modulus 11, 10."""
    product = 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)

"""The words that make a number something personal, or a word with a capital a name."""

from __future__ import annotations


def _alone(word: str) -> str:
    """A short word that must stand by itself; in a quality string all letters meet by chance."""
    return rf"(?:^|[\s\"'(,;|]){word}(?:$|[\s\"'),;|:.#=])"


# The words that make a number one of these; RE2 must understand them, too (see `gate`).
CONTEXT_WORDS = {
    "PHONE_NUMBER": rf"phone|tel\b|mobile|cell|fax|call\b|whatsapp|contact|handy|{_alone('ph')}",
    "CREDIT_CARD": rf"card|visa|master|amex|credit|payment|discover|diners|jcb|{_alone('cc')}",
    "UK_NHS": r"nhs|national health|health service",
    "MEDICAL_LICENSE": rf"licen[sc]e|medical|certificate|{_alone('dea')}",
    "US_SSN": r"ssn|social|security",
    "US_DRIVER_LICENSE": rf"driv|licen[sc]e|permit|{_alone('dl')}",
    "US_PASSPORT": r"passport",
    "US_ITIN": r"itin|tax",
    "NATIONAL_ID": r"national insurance|national[ _]i[dn]|\bni (?:number|no)|nino\b|identity|steuer"
    r"|idnr|codice fiscale|personnummer|henkil|\bnif\b|\bnie\b|\bdni\b",
    "INSURANCE_NUMBER": r"insurance|versicher|kvnr|krankenkasse|medicare|beneficiary|\bmbi\b",
    "US_BANK_NUMBER": r"bank|account|acct|saving|checking|debit|iban",
    "IP_ADDRESS": rf"ipv|address|host|client|login|remote|{_alone('ip')}",
    "DATE_OF_BIRTH": rf"birthda[yt]|birth(?:\b|_)|born\b|{_alone('dob')}",
}

# What may stand before a name.
TITLES = "mr|mrs|ms|miss|dr|prof|professor|nurse|dear|sincerely|regards|hi|hello|i am|i'm"
PEOPLE = "patient|participant|investigator|contact|physician|operator"
NAME_WORDS = "author|(?:first|last|given|family|full|sur)[ _-]?names?|\\bsigned(?: by)?"
# These stand before names, and before much else.
MAYBE_PEOPLE = "name|subject|mother|father|wife|husband|sister|brother|daughter|son|\\bby"
INTRODUCTIONS = f"{TITLES}|(?:{PEOPLE})s?|{NAME_WORDS}|{MAYBE_PEOPLE}"

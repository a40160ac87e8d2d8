"""What columns' headers say of their values: a dictionary, in English, German and a little more.

It knows what REDCap's "Check for Identifiers" and HIPAA's list of 18 know (45 CFR 164.514), but
no numbers by which a study names its participants. Its patterns match a whole header and only
words of their own, so that a report may say the header: it cannot hold a person's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from scanning.tables import checks

MAX_HEADER_CHARS = 60


@dataclass(frozen=True)
class Meaning:
    """What values below some header would be, if most of them have the form for it."""

    entity: str
    fits: Callable[[str], bool]
    min_share: float = 0.5  # of the distinct values
    is_weak: bool = False  # the header alone says little: genes have names, too


@dataclass(frozen=True)
class Header:
    """A header of the dictionary, in plain lower-case words."""

    words: str
    meaning: Meaning


_WHO = (
    "(?:(?:patient|participant|subject|proband|client|contact|emergency contact|next of kin|kin"
    "|mother|father|parent|child|guardian|spouse|partner|doctor|physician|gp|nurse|insured|donor"
    "|employee|student|user|customer|respondent|home|work|office|business|private|mobile|mailing"
    "|postal|billing|residential|current|primary|secondary|patienten|probanden|kontakt|mutter"
    "|vater|arzt|hausarzt|privat|dienst)(?: ?s)? ?)?"
)
_NUMBER = "(?: ?(?:number|num|no|nr|id|nummer|#))?"
_REST = r"(?: (?:home|work|mobile|private|privat|day|evening|yyyy|jjjj|mm|dd|tt|[12]|line [12]))*"
_OF_PERSON = (
    "patient|participant|subject|proband|client|contact|emergency contact|next of kin|mother"
    "|father|parent|child|guardian|spouse|doctor|physician|gp|nurse|insured|donor|employee"
    "|student|customer|respondent|patienten|probanden|kontakt|mutter|vater|arzt|hausarzt"
)
_PART = "first|last|given|family|middle|maiden|birth|full|legal|nick|christian"

# (entity, the check of its values, share of them, headers: spaces may be missing)
_CODE = (checks.is_code, 0.6)
_DICTIONARY: tuple[tuple[str, Callable[[str], bool], float, str], ...] = (
    (
        "PERSON",
        checks.is_name,
        0.5,
        rf"(?:{_OF_PERSON})(?: ?s)? ?(?:(?:{_PART}) ?)?names?|(?:{_PART}|sur|fore) ?names?"
        r"|(?:mothers? ?)?maiden(?: ?name)?|name of (?:patient|participant|subject|mother|father)"
        r"|(?:vor|nach|zu|ruf|geburts|familien|mädchen|patienten)name|name vorname|vorname name"
        r"|pr[ée]noms?|nom de famille|apellidos?|cognome|last first",
    ),
    (
        "DATE_OF_BIRTH",
        checks.is_date,
        0.5,
        rf"{_WHO}(?:date ?of ?birth|birth ?dates?|birth ?da(?:y|te)|d ?o ?b|born(?: on)?|date born"
        r"|geb(?:urts)? ?dat(?:um)?|geburtstag|geboren(?: am)?|date de naissance"
        r"|fecha de nacimiento|data di nascita)",
    ),
    (
        "EMAIL_ADDRESS",
        checks.is_email,
        0.3,
        rf"{_WHO}e? ?mail(?: ?ad(?:dress|resse))?|{_WHO}courriel|{_WHO}email(?: ?id)?",
    ),
    (
        "PHONE_NUMBER",
        checks.is_phone,
        0.5,
        rf"{_WHO}(?:(?:tele)?phone|tel|mobile(?: phone)?|cell(?: ?phone)?|(?:tele)?fax|telefon"
        rf"|tele?fon ?nummer|handy|mobil(?:telefon)?|rufnummer|t[ée]l[ée]phone|tel[ée]fono)"
        rf"{_NUMBER}",
    ),
    (
        "ADDRESS",
        checks.is_street,
        0.5,
        rf"{_WHO}(?:street ?)?address(?: ?line)? ?\d?|{_WHO}street(?: ?name)?(?: and number)?"
        r"|stra(?:ss|ß)e(?: ?(?:und )?(?:haus)?(?:nr|nummer))?|str|(?:wohn|post)?anschrift"
        r"|(?:wohn|post)?adresse|rue|calle|direcci[óo]n|indirizzo",
    ),
    ("POSTCODE", checks.is_postcode, 0.6, rf"{_WHO}(?:zip|post(?:al)? ?code|zip ?code|plz)"),
    ("POSTCODE", checks.is_postcode, 0.6, r"postleitzahl|code postal|c[óo]digo postal|cap"),
    ("US_SSN", checks.is_ssn, 0.6, rf"{_WHO}(?:ssn|social ?sec(?:urity)?){_NUMBER}"),
    ("US_PASSPORT", *_CODE, rf"{_WHO}(?:passport|reisepass){_NUMBER}"),
    (
        "US_DRIVER_LICENSE",
        *_CODE,
        rf"{_WHO}(?:driv(?:er|ing)(?: ?s)? ?licen[cs]e|dl|führerschein){_NUMBER}",
    ),
    ("US_ITIN", *_CODE, rf"(?:itin|tax(?: ?payer)?(?: ?id)?|steuer ?id|tin){_NUMBER}"),
    (
        "NATIONAL_ID",
        *_CODE,
        rf"{_WHO}(?:national ?(?:id(?:entity)?|insurance)|identity ?card|nino|cpf|bsn|pesel|dni|ahv"
        rf"|insee|personnummer|codice fiscale|personalausweis|ausweis|svnr|sv nummer"
        rf"|sozialversicherungs ?(?:nummer|nr)|rentenversicherungs ?(?:nummer|nr)){_NUMBER}",
    ),
    ("UK_NHS", checks.is_nhs, 0.6, rf"{_WHO}nhs{_NUMBER}"),
    (
        "MEDICAL_LICENSE",
        *_CODE,
        rf"(?:medical ?licen[cs]e|dea|npi|approbation|lanr|arztnummer){_NUMBER}",
    ),
    (
        "MEDICAL_RECORD_NUMBER",
        *_CODE,
        rf"{_WHO}(?:mrn|(?:medical|health|hospital) ?record|chart){_NUMBER}"
        r"|(?:hospital|clinic) ?(?:number|no|nr|id)"
        r"|fall ?(?:nummer|nr)|patienten ?(?:nummer|nr)|akten ?(?:zeichen|nummer)",
    ),
    (
        "INSURANCE_NUMBER",
        *_CODE,
        rf"{_WHO}(?:(?:health ?)?(?:insurance|plan)|health ?card|policy|beneficiary|medicare"
        r"|medicaid|(?:kranken)?versicherten|(?:kranken)?versicherungs|kvnr)"
        r"(?: ?(?:number|no|nr|id|nummer))|kvnr",
    ),
    (
        "CREDIT_CARD",
        checks.is_card,
        0.6,
        rf"(?:credit ?card|payment ?card|debit ?card|card|cc|kreditkarten?){_NUMBER}",
    ),
    ("IBAN_CODE", checks.is_iban, 0.6, rf"{_WHO}iban{_NUMBER}|bankverbindung"),
    (
        "ACCOUNT_NUMBER",
        *_CODE,
        r"(?:bank ?)?acc(?:oun)?t ?(?:number|no|nr|num)|konto ?(?:nummer|nr)"
        r"|routing ?(?:number|no)",
    ),
    (
        "LICENSE_NUMBER",
        *_CODE,
        r"(?:licen[cs]e|certificate) ?(?:number|no|nr)|(?:lizenz|zulassungs) ?(?:nummer|nr)",
    ),
    (
        "VEHICLE_ID",
        checks.is_plate,
        0.6,
        r"vin|vehicle ?(?:id|identification)(?: ?number)?|licen[cs]e ?plate|number ?plate"
        r"|plate ?(?:number|no)|(?:kfz ?)?kennzeichen|fahrgestell ?(?:nummer|nr)"
        r"|registration ?plate",
    ),
    (
        "DEVICE_ID",
        checks.is_device,
        0.6,
        r"(?:device|implant|pacemaker)(?: ?id| ?serial)? ?(?:number|no|id|nr)|imei|mac ?address"
        r"|udid|(?:geräte|serien) ?(?:nummer|nr|id)",
    ),
    (
        "INTERNET_ADDRESS",
        checks.is_internet,
        0.6,
        r"(?:client ?)?ip(?: ?(?:v[46] ?)?ad(?:dress|resse)?)?|(?:personal )?home ?page"
        r"|personal (?:url|web ?(?:site|page))|(?:twitter|facebook|linkedin|instagram)"
        r"(?: (?:handle|url|profile|account))?",
    ),
    (
        "CREDENTIAL",
        checks.is_credential,
        0.8,
        r"pass ?word|passwd|pwd|pass ?wort|kennwort|user ?name|login(?: ?name)?|benutzername",
    ),
    (
        "PHOTO",
        checks.is_picture,
        0.6,
        rf"{_WHO}(?:photo(?:graph)?|portrait|foto|licht ?bild|pass ?bild|face (?:photo|image))",
    ),
)
# Names of persons below these only if the language model takes the values for names, too.
_WEAK_NAMES = Meaning("PERSON", checks.is_name, is_weak=True)
_WEAK = re.compile(
    rf"names?(?: ?\d)?|nom|nombre|nome|first|last|given|family|author|investigator|{_OF_PERSON}"
)
_KNOWN = tuple(
    (re.compile(rf"(?:{words}){_REST}"), Meaning(entity, fits, share))
    for entity, fits, share, words in _DICTIONARY
)
_NO_WORDS = re.compile(r"\d{2}|^[^a-zA-ZÄÖÜäöü]+$|@")
_CAMEL = re.compile(r"(?<=[a-zäöü])(?=[A-ZÄÖÜ])")
_BETWEEN_WORDS = re.compile(r"[\s_\-./:*\"'’()\[\]?,;]+|^#")


def header_of(cell: str) -> Header | None:
    """The dictionary's entry for what stands at the top of a column, or None."""
    if not 0 < len(cell) <= MAX_HEADER_CHARS or _NO_WORDS.search(cell):
        return None
    words = _BETWEEN_WORDS.sub(" ", _CAMEL.sub(" ", cell)).strip().lower()
    for pattern, meaning in _KNOWN:
        if pattern.fullmatch(words):
            return Header(words, meaning)
    return Header(words, _WEAK_NAMES) if _WEAK.fullmatch(words) else None

"""What counts as personal data: which of Presidio's raw findings are evidence, and which chance.

Raw, Presidio flags four in five clean scientific files, and its worst misses carry its best
scores (decimals as card numbers, `SamplingFrequency` as a person): so no threshold helps, only
a look at what stands around a finding. The rules were tried on 1,834 public files: one in ten
is flagged, and most of those do hold names. They cost recall: of planted identifiers .83 are
found, not .86, of names about half (a single name counts only after an introducing word).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backends.presidio import RawFinding

# What only a column's header makes known; HIPAA's list of 18 identifiers (45 CFR 164.514) and more.
COLUMN_ENTITIES = (
    "POSTCODE",
    "NATIONAL_ID",
    "INSURANCE_NUMBER",
    "ACCOUNT_NUMBER",
    "LICENSE_NUMBER",
    "VEHICLE_ID",
    "DEVICE_ID",
    "INTERNET_ADDRESS",
    "CREDENTIAL",
    "PHOTO",
)
# Names of places, organisations and dates, addresses of machines and accounts are in every
# data file: they can be switched on, but are not by default.
DEFAULT_ENTITIES = (
    "EMAIL_ADDRESS",
    "IBAN_CODE",
    "US_SSN",
    "CREDIT_CARD",
    "PHONE_NUMBER",
    "US_PASSPORT",
    "US_DRIVER_LICENSE",
    "US_ITIN",
    "UK_NHS",
    "MEDICAL_LICENSE",
    "DATE_OF_BIRTH",
    "PERSON",
    "MEDICAL_RECORD_NUMBER",
    "ADDRESS",
    "INSTITUTION",
    "LOCATION_GPS",
    *COLUMN_ENTITIES,
)
# Told by where they stand: a tag of an image, of a DICOM file, a column with a header of its own.
# Presidio knows nothing of them.
_BY_PLACE = frozenset(
    {"MEDICAL_RECORD_NUMBER", "ADDRESS", "INSTITUTION", "LOCATION_GPS", *COLUMN_ENTITIES}
)
# Our entity, and the one of Presidio's that it is a special case of.
_NARROWED = {"DATE_OF_BIRTH": "DATE_TIME"}

_BEFORE_CHARS = 60
_AFTER_CHARS = 30
_CONTEXT_CHARS = 40


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
    "US_BANK_NUMBER": r"bank|account|acct|saving|checking|debit|iban",
    "IP_ADDRESS": rf"ipv|address|host|client|login|remote|{_alone('ip')}",
    "DATE_OF_BIRTH": rf"birth|born\b|{_alone('dob')}",
}
_CONTEXT = {name: re.compile(words, re.IGNORECASE) for name, words in CONTEXT_WORDS.items()}

# All of these end in \Z: $ would also look across a line end, and hide what begins a line.
# A number glued to one of these is a part of a longer one, of a path or of an identifier.
_GLUED_BEFORE = re.compile(r"(?:\d[.,]|[.\-+/\w])\Z")
_GLUED_AFTER = re.compile(r"[.,]?\d|\.\w|[\w/]")
# A number with separators of its own may have a comma beside it: it is a cell of a table.
_RUNS_ON_BEFORE = re.compile(r"[.\-+/\w]\Z")
_RUNS_ON_AFTER = re.compile(r"[\w/-]|\.\w")
# Beside other numbers it is likely to be some of them: in a matrix, or in a table's row.
_CELL_BEFORE = re.compile(r"[\d\t,;]\s*\Z")
_NUMBER_BEFORE = re.compile(r"\d[ \t]+\Z")
_NUMBER_AFTER = re.compile(r"[ \t]+-?\d")

_DASHED_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
_SPACED_CARD = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{5}")
_NO_PHONE = re.compile(r"\s{2}|\d\.\d+\s|\d{4}-\d\d-\d\d|^0\.\d|^\d+\.\d+$")
_MIN_PHONE_DIGITS = 7


@dataclass(frozen=True)
class Sight:
    """A raw finding with what stands around it; never leaves the process that reads the file."""

    score: float
    value: str
    before: str
    after: str

    @property
    def digits(self) -> int:
        """How many digits the value has."""
        return sum(character.isdigit() for character in self.value)

    @property
    def is_glued(self) -> bool:
        """Whether the value is a piece of a longer number or word."""
        return bool(_GLUED_BEFORE.search(self.before) or _GLUED_AFTER.match(self.after))

    @property
    def runs_on(self) -> bool:
        """The same for a value with separators of its own."""
        return bool(_RUNS_ON_BEFORE.search(self.before) or _RUNS_ON_AFTER.match(self.after))

    def has_context(self, entity: str) -> bool:
        """Whether one of the entity's words stands shortly before it."""
        return bool(_CONTEXT[entity].search(self.before[-_CONTEXT_CHARS:]))


def presidio_entities(entities: Iterable[str]) -> list[str]:
    """What Presidio is to look for, so that these entities can be found."""
    return [_NARROWED.get(entity, entity) for entity in entities if entity not in _BY_PLACE]


def counted_as(finding: RawFinding, text: str, entities: Iterable[str]) -> str | None:
    """The one of these entities that the finding is evidence of, or None."""
    sight = Sight(
        score=finding.score,
        value=text[finding.start : finding.end],
        before=text[max(0, finding.start - _BEFORE_CHARS) : finding.start],
        after=text[finding.end : finding.end + _AFTER_CHARS],
    )
    for entity in entities:
        if _NARROWED.get(entity, entity) == finding.entity and is_evidence(entity, sight):
            return entity
    return None


def is_evidence(entity: str, sight: Sight) -> bool:
    """Whether this sight is evidence of the entity."""
    if entity in _RULES:
        return _RULES[entity](sight)
    if entity in _CONTEXT:
        return not sight.is_glued and sight.score >= 0.4 and sight.has_context(entity)
    return sight.score >= 0.5


def _is_phone(sight: Sight) -> bool:
    has_plus = sight.value.startswith("+")
    is_glued = bool(_GLUED_BEFORE.search(sight.before)) and not has_plus
    if is_glued or _GLUED_AFTER.match(sight.after):
        return False
    if sight.digits < _MIN_PHONE_DIGITS or _NO_PHONE.search(sight.value):
        return False
    if sight.has_context("PHONE_NUMBER"):
        return True
    in_a_row = _CELL_BEFORE.search(sight.before) or _NUMBER_AFTER.match(sight.after)
    separators = len(re.findall(r"[-() ]", sight.value))
    return not in_a_row and (has_plus or (separators >= 2 and sight.digits >= 9))


def _is_card(sight: Sight) -> bool:
    if sight.score < 0.9:  # Luhn's check failed; by chance one number in ten passes it
        return False
    if sight.has_context("CREDIT_CARD") and not sight.is_glued:
        return True
    in_a_row = _NUMBER_BEFORE.search(sight.before) or _NUMBER_AFTER.match(sight.after)
    is_spaced = _SPACED_CARD.fullmatch(sight.value) is not None
    return is_spaced and not in_a_row and not sight.runs_on


def _is_ssn(sight: Sight) -> bool:
    if sight.score < 0.5:
        return False
    if _DASHED_SSN.fullmatch(sight.value):
        return not sight.runs_on
    return not sight.is_glued and sight.has_context("US_SSN")


def _is_birth_date(sight: Sight) -> bool:
    return bool(sight.digits) and sight.score >= 0.4 and sight.has_context("DATE_OF_BIRTH")


def _is_ip_address(sight: Sight) -> bool:
    return sight.score >= 0.6 and sight.has_context("IP_ADDRESS")


# --- names of persons ------------------------------------------------------------------------

_INTRODUCED = re.compile(
    r"(name|patient|participant|subject|investigator|author|contact|signed|dear|mr|mrs|ms|miss|dr"
    r"|prof|nurse|mother|father|by|sincerely|regards|hi|hello|i am|i'm)\W{0,4}\Z",
    re.IGNORECASE,
)
_PUNCTUATION = " \t\r\n,.;:()[]\"'"
_NOT_IN_NAMES = re.compile(r"[\d_=<>|{}\[\]\\/@#*+:\"\t]")
_NAME_PART = re.compile(r"[^\W\d_a-z](?:[^\W\d_]|['’.-](?=[^\W\d_]))*\.?")
_PARTICLES = frozenset(
    ("de", "van", "von", "der", "den", "la", "le", "da", "di", "del", "bin", "al", "el", "of", "y")
)
_CAMEL_CASE = re.compile(r"[a-z][A-Z]{2}|[a-z][A-Z][a-z]+[A-Z]")
_NAME_GLUED_BEFORE = re.compile(r"[\w/=<{]\Z")
_NAME_GLUED_AFTER = re.compile(r"[\w=/(<]")
# Words of data files, and the names in their methods, atlases, vendors and programs.
_NO_NAMES_LIST = """
table figure fig sample group control condition trial run session subject subjects task rest
bold anat func data dataset file files readme changes license version protocol mean median std
max min left right frontal parietal temporal occipital cortex
welch student tukey bonferroni fisher gauss gaussian poisson bayes bayesian pearson spearman
kolmogorov smirnov wilcoxon mann whitney cohen kruskal wallis shapiro wilk
siemens philips bruker neuromag elekta illumina
brodmann talairach schaefer yeo destrieux desikan
matlab python freesurfer fmriprep psychopy presentation eprime bids nifti dicom fsl spm afni
ants mne eeglab fieldtrip docker linux windows ubuntu github zenodo openneuro google excel
"""
_NO_NAMES = frozenset(_NO_NAMES_LIST.split())


def _is_person(sight: Sight) -> bool:
    name, *more_lines = sight.value.strip(_PUNCTUATION).splitlines() or [""]
    is_introduced = bool(_INTRODUCED.search(sight.before))
    if _NAME_GLUED_BEFORE.search(sight.before) or _NAME_GLUED_AFTER.match(sight.after):
        return False
    if not _may_be_a_name(name) or (more_lines and not is_introduced):
        return False
    parts = [part for part in name.split() if part[0].isupper()]
    is_full = len(parts) >= 2 and any(len(part.strip(".")) > 1 for part in parts)
    return is_full or is_introduced


def _may_be_a_name(name: str) -> bool:
    parts = [part for part in name.split() if part.lower() not in _PARTICLES]
    if len(name) < 4 or not parts or _NOT_IN_NAMES.search(name):
        return False
    if all(part.isupper() and len(part) > 2 for part in parts):
        return False
    return all(
        _NAME_PART.fullmatch(part)
        and not _CAMEL_CASE.search(part)
        and part.lower().strip(".") not in _NO_NAMES
        for part in parts
    )


_RULES: dict[str, Callable[[Sight], bool]] = {
    "PHONE_NUMBER": _is_phone,
    "CREDIT_CARD": _is_card,
    "US_SSN": _is_ssn,
    "DATE_OF_BIRTH": _is_birth_date,
    "IP_ADDRESS": _is_ip_address,
    "PERSON": _is_person,
}

"""DICOM: the tags that name a patient, or whoever saw one; never the pixels, nor a language model.

Which tags these are is PS3.15's basic profile (table E.1-1), without times and UIDs: dates of an
examination are in every file, and are not counted.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanning.evidence import WEAK
from scanning.look import Look
from scanning.readers.strings import read_all_strings
from scanning.readers.tags import read_tag, tell
from scanning.sources import Source, TooLarge
from scanning.tools import Tools

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset
    from pydicom.tag import BaseTag

HEADER_BYTES = 64 * 2**20  # all before the pixels; usually some kB
_SCORE = 0.95
_DEFLATED = b"1.2.840.10008.1.2.1.99"  # a transfer syntax that hardly anybody writes
_BROKEN_OFF = "in file <no filename>"  # how pydicom's warning ends that it has read nothing
_PREAMBLE_BYTES = 128  # anything may stand there (PS3.10, 7.1)
_UNDEFINED_LENGTH = 0xFFFFFFFF

ENTITIES = {
    "MEDICAL_RECORD_NUMBER": """
        PatientID OtherPatientIDs IssuerOfPatientID AccessionNumber AdmissionID StudyID
        MedicalRecordLocator RequestedProcedureID ServiceEpisodeID
        PlacerOrderNumberImagingServiceRequest FillerOrderNumberImagingServiceRequest
        """,
    "INSURANCE_NUMBER": "InsurancePlanIdentification",
    "DATE_OF_BIRTH": "PatientBirthDate PatientBirthDateInAlternativeCalendar",
    "ADDRESS": """
        PatientAddress PersonAddress ReferringPhysicianAddress RegionOfResidence
        CurrentPatientLocation PatientInstitutionResidence
        """,
    "PHONE_NUMBER": """
        PatientTelephoneNumbers ReferringPhysicianTelephoneNumbers PersonTelephoneNumbers
        PatientTelecomInformation PersonTelecomInformation OrderCallbackPhoneNumber
        """,
    "INSTITUTION": "InstitutionName InstitutionAddress ResponsibleOrganization",
}
_ENTITY = {keyword: entity for entity, names in ENTITIES.items() for keyword in names.split()}
_PERSON = "PN"
# What people write: comments, histories, descriptions; and numbers, in which others may stand.
_TEXTS = frozenset(("AE", "AS", "CS", "DS", "IS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"))
_BYTES = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_MAX_UNREAD_BYTES = 256  # of measured values that nobody needs to be told of
# What de-identification leaves, and what studies and phantoms are called.
_DUMMY = re.compile(
    r"anon\w*|removed|de|ident\w*|deident\w*|redacted|unknown|none|null|n/?a|no|name|dummy"
    r"|phantom|test|patient|subject|subj?|pat|case|id|x+|[a-z]?\d+",
    re.IGNORECASE,
)
_MAX_CODE_DIGITS = 4  # of a study's own number for a subject
_DUMMY_DATES = frozenset(("19000101", "19010101", "99991231"))


def read_dicom(source: Source, look: Look, tools: Tools) -> None:
    """All tags up to the pixels, those of nested sequences, too."""
    head = source.head(HEADER_BYTES)
    if _DEFLATED in head[:1024]:
        look.unsupported(source.size_bytes or len(head))
        return
    try:
        header_bytes = _read_head(head, look, tools)
    except EOFError:
        if len(head) >= HEADER_BYTES:
            raise TooLarge from None
        raise
    read_all_strings(head[:_PREAMBLE_BYTES], look, tools)
    look.seen(header_bytes)
    if rest_bytes := source.drain() - header_bytes:
        look.missed("PICTURES_NOT_READ", rest_bytes)


def _read_head(head: bytes, look: Look, tools: Tools) -> int:
    """How many bytes come before the pixels; EOFError if it breaks off earlier."""
    with warnings.catch_warnings(record=True) as caught:  # what they quote must not get out
        warnings.simplefilter("always")
        dataset, header_bytes = _parsed(head)
        if any(str(one.message).endswith(_BROKEN_OFF) for one in caught):
            raise EOFError
        _Reading(dataset, look, tools).read(dataset)
    return header_bytes


def _parsed(head: bytes) -> tuple[Dataset, int]:
    """The elements before the pixels, and how many bytes they take."""
    from pydicom import dcmread

    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    file = io.BytesIO(head)
    dataset = dcmread(file, stop_before_pixels=True)
    return dataset, min(file.tell(), len(head))


class _Reading:
    def __init__(self, dataset: Dataset, look: Look, tools: Tools) -> None:
        self._look = look
        self._tools = tools
        self._is_removed = str(dataset.get("PatientIdentityRemoved", "")).upper() == "YES"

    def read(self, dataset: Dataset) -> None:
        """Every element; EOFError if the file ends within one."""
        for tag in dataset.keys():  # noqa: SIM118 - iterating itself would convert all values
            raw = dataset.get_item(tag)
            if _is_cut(raw):
                raise EOFError
            if tag.is_private:
                self._look.missed("PRIVATE_TAGS")
            elif _is_picture(tag):
                self._look.missed("PICTURES_NOT_READ")
            else:
                self._read_element(tag, dataset)

    def _read_element(self, tag: BaseTag, dataset: Dataset) -> None:
        from pydicom.datadict import dictionary_VR, keyword_for_tag

        keyword = keyword_for_tag(tag)
        vr = dataset.get_item(tag).VR or (dictionary_VR(tag) if keyword else "UN")
        is_name = vr == _PERSON or (keyword and dictionary_VR(tag) == _PERSON)
        if vr == "SQ":
            for item in dataset[tag].value:
                self.read(item)
        elif keyword == "EncapsulatedDocument":
            self._tools.look_at(Source([dataset[tag].value]), self._look.member(1))
        elif entity := _ENTITY.get(keyword, "PERSON" if is_name else ""):
            self._tell(entity, dataset[tag], keyword)
        elif vr in _TEXTS:
            for text in _texts(dataset[tag].value):
                read_tag(text, self._look.at("tag", keyword or "Text"), self._tools)
        elif vr in _BYTES:
            self._read_bytes(dataset.get_item(tag).value, keyword)

    def _read_bytes(self, value: object, keyword: str) -> None:
        data = value if isinstance(value, bytes) else b""
        read_all_strings(data, self._look.at("tag", keyword or "Text"), self._tools)
        if len(data) > _MAX_UNREAD_BYTES:
            self._look.missed("NUMBERS_NOT_READ")

    def _tell(self, entity: str, element: DataElement, keyword: str) -> None:
        for text in _texts(element.value):
            if not is_dummy(text):
                score = WEAK if self._is_pseudonym(entity, text) else _SCORE
                tell(entity, score, self._look.at("tag", keyword or "Name"), self._tools)

    def _is_pseudonym(self, entity: str, text: str) -> bool:
        """Numbers of patients, where the file says that identities were taken out of it."""
        may_be = entity in ("MEDICAL_RECORD_NUMBER", "PERSON")
        return self._is_removed and may_be and any(map(str.isdigit, text))


def _is_cut(raw: Any) -> bool:
    """Whether the file ends before the element does, of which pydicom says nothing."""
    length = getattr(raw, "length", _UNDEFINED_LENGTH)
    return length != _UNDEFINED_LENGTH and len(raw.value or b"") < length


def _is_picture(tag: BaseTag) -> bool:
    """An overlay or, within a sequence, the pixels of an icon."""
    return tag == 0x7FE00010 or (tag.group & 0xFF00 == 0x6000 and tag.element == 0x3000)


def is_dummy(text: str) -> bool:
    """Whether a value names nobody: it stands in a name's place, or is a study's own number."""
    words = re.split(r"[\s^=_.,:()-]+", text.strip())
    digits = sum(character.isdigit() for character in text)
    return text in _DUMMY_DATES or (
        (digits <= _MAX_CODE_DIGITS or not text.strip("0"))
        and all(_DUMMY.fullmatch(word) for word in words if word)
    )


def _texts(value: Any) -> Iterator[str]:
    """The values as texts; one that has none, or only blanks, is left out."""
    from pydicom.multival import MultiValue

    for one in value if isinstance(value, MultiValue) else [value]:
        one = one.decode("utf-8", "replace") if isinstance(one, bytes) else one
        if one is not None and (text := str(one).strip("\0 ^=")):
            yield text

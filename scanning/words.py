"""What codes of reports mean, in words for whoever sent the file.

In English, as reasons for moves are stored; pages show them in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backends.base import Place


def _(text: str) -> str:
    """Marks a text for the translators. This room needs no Django, whose own mark does no more."""
    return text


ENTITIES = {
    "EMAIL_ADDRESS": _("an e-mail address"),
    "IBAN_CODE": _("a bank account number"),
    "US_SSN": _("a social security number"),
    "CREDIT_CARD": _("a payment card number"),
    "PHONE_NUMBER": _("a telephone number"),
    "US_PASSPORT": _("a passport number"),
    "US_DRIVER_LICENSE": _("a driving licence number"),
    "US_ITIN": _("a taxpayer number"),
    "UK_NHS": _("an NHS number"),
    "MEDICAL_LICENSE": _("a medical licence number"),
    "DATE_OF_BIRTH": _("a date of birth"),
    "PERSON": _("a person's name"),
    "MEDICAL_RECORD_NUMBER": _("a patient's or an examination's number"),
    "ADDRESS": _("a postal address"),
    "INSTITUTION": _("the name or address of a clinic or an institute"),
    "LOCATION_GPS": _("the place where a picture was taken"),
    "POSTCODE": _("a postcode"),
    "NATIONAL_ID": _("a national identity number"),
    "INSURANCE_NUMBER": _("an insurance number"),
    "ACCOUNT_NUMBER": _("an account number"),
    "LICENSE_NUMBER": _("a licence or certificate number"),
    "VEHICLE_ID": _("a vehicle's number"),
    "DEVICE_ID": _("a device's number"),
    "INTERNET_ADDRESS": _("an internet address"),
    "CREDENTIAL": _("a user name or password"),
    "PHOTO": _("a picture of a person"),
}
# Where something is, by the kind of place.
PLACES = {
    "member": _("packed file %(value)s"),
    "sheet": _("sheet %(value)s"),
    "slide": _("slide %(value)s"),
    "page": _("page %(value)s"),
    "part": _("part %(value)s"),
    "paragraph": _("paragraph %(value)s"),
    "row": _("row %(value)s"),
    "column": _("column %(value)s"),
    "header": _("column “%(value)s”"),
    "line": _("line %(value)s"),
    "tag": _("tag %(value)s"),
}
# The parts of a document or an archive, by their role.
PARTS = {
    "header": _("the header"),
    "footer": _("the footer"),
    "footnotes": _("the footnotes"),
    "comments": _("the comments"),
    "notes": _("the notes"),
    "changes": _("the tracked changes"),
    "links": _("the links"),
    "form": _("the forms and notes on it"),
    "around": _("the text around the cells"),
    "properties": _("the properties"),
    "other": _("other parts"),
    "names": _("the names of the packed files"),
}


def unchanged(text: str) -> str:
    """The translation into the words' own language."""
    return text


def place_text(place: Place, translate: Callable[[str], str] = unchanged) -> str:
    """A place in words, from the outside in: "packed file 3, line 12"."""
    return ", ".join(_spot_text(kind, value, translate) for kind, value in place)


def places_text(places: Sequence[Place], translate: Callable[[str], str] = unchanged) -> str:
    """Several in words; what they have in common is said once: "sheet 1, row 2, row 3; sheet 2"."""
    text, before = "", None
    for place in places:
        outer = place[:-1]
        if before is None:
            text = place_text(place, translate)
        elif outer == before:
            text += f", {place_text(place[-1:], translate)}"
        else:
            text += f"; {place_text(place, translate)}"
        before = outer
    return text


def _spot_text(kind: str, value: int | str, translate: Callable[[str], str]) -> str:
    if kind == "part" and value in PARTS:
        return translate(PARTS[str(value)])
    return translate(PLACES.get(kind, "%(value)s")) % {"value": value}


def entity_text(entity: str, translate: Callable[[str], str] = unchanged) -> str:
    """A kind of personal data with its article; one that a site added, by its own name."""
    known = ENTITIES.get(entity)
    return translate(known) if known else entity.replace("_", " ").lower()

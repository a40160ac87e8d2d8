"""Which kinds of personal data there are, and who is asked for them."""

from __future__ import annotations

from collections.abc import Iterable

# What only a column's header makes known; HIPAA's list of 18 identifiers (45 CFR 164.514) and more.
COLUMN_ENTITIES = (
    "POSTCODE",
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
    "NATIONAL_ID",
    "INSURANCE_NUMBER",
    "MEDICAL_RECORD_NUMBER",
    "ADDRESS",
    "INSTITUTION",
    "LOCATION_GPS",
    *COLUMN_ENTITIES,
)
# Told by where they stand: a tag of an image, of a DICOM file, a column with a header of its own.
# Presidio knows nothing of them.
_BY_PLACE = frozenset({"ADDRESS", "INSTITUTION", "LOCATION_GPS", *COLUMN_ENTITIES})
# Our entity, and the one of Presidio's that it is a special case of.
NARROWED = {"DATE_OF_BIRTH": "DATE_TIME"}


def presidio_entities(entities: Iterable[str]) -> list[str]:
    """What Presidio is to look for, so that these entities can be found."""
    return [NARROWED.get(entity, entity) for entity in entities if entity not in _BY_PLACE]

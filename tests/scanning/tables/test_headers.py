"""The dictionary of headers: what it knows, and what it leaves alone."""

from __future__ import annotations

import pytest

from scanning.tables.headers import header_of


@pytest.mark.parametrize(
    ("cell", "entity"),
    [
        ("first_name", "PERSON"),
        ("PatientName", "PERSON"),
        ("Patient's name:", "PERSON"),
        ("Mother's maiden name", "PERSON"),
        ("Nachname", "PERSON"),
        ("DOB (dd/mm/yyyy)", "DATE_OF_BIRTH"),
        ("patient.birth.date", "DATE_OF_BIRTH"),
        ("Geburtsdatum", "DATE_OF_BIRTH"),
        ("E-Mail", "EMAIL_ADDRESS"),
        ("emailAddress", "EMAIL_ADDRESS"),
        ("TelephoneNumber", "PHONE_NUMBER"),
        ("Handy", "PHONE_NUMBER"),
        ("Fax Nr.", "PHONE_NUMBER"),
        ("Home Phone", "PHONE_NUMBER"),
        ("StreetAddress", "ADDRESS"),
        ("Straße", "ADDRESS"),
        ("Strasse/Nr", "ADDRESS"),
        ("ZIP", "POSTCODE"),
        ("PLZ", "POSTCODE"),
        ("SSN", "US_SSN"),
        ("NationalID", "NATIONAL_ID"),
        ("Sozialversicherungsnummer", "NATIONAL_ID"),
        ("Passport No.", "US_PASSPORT"),
        ("driver's license number", "US_DRIVER_LICENSE"),
        ("NHS number", "UK_NHS"),
        ("MRN", "MEDICAL_RECORD_NUMBER"),
        ("hospital_no", "MEDICAL_RECORD_NUMBER"),
        ("Fallnummer", "MEDICAL_RECORD_NUMBER"),
        ("Health plan number", "INSURANCE_NUMBER"),
        ("Versichertennummer", "INSURANCE_NUMBER"),
        ("CCNumber", "CREDIT_CARD"),
        ("card_number", "CREDIT_CARD"),
        ("health card number", "INSURANCE_NUMBER"),
        ("IBAN", "IBAN_CODE"),
        ("Kontonummer", "ACCOUNT_NUMBER"),
        ("certificate no", "LICENSE_NUMBER"),
        ("VIN", "VEHICLE_ID"),
        ("Kennzeichen", "VEHICLE_ID"),
        ("device serial number", "DEVICE_ID"),
        ("IP_address", "INTERNET_ADDRESS"),
        ("Username", "CREDENTIAL"),
        ("Lichtbild", "PHOTO"),
    ],
)
def test_header_tells_what_is_below_it(cell: str, entity: str) -> None:
    header = header_of(cell)

    assert header is not None
    assert header.meaning.entity == entity
    assert not header.meaning.is_weak


@pytest.mark.parametrize("cell", ["name", "Names", "author", "patient", "first"])
def test_short_header_is_no_more_than_a_hint(cell: str) -> None:
    header = header_of(cell)

    assert header is not None
    assert header.meaning.is_weak


@pytest.mark.parametrize(
    "cell",
    [
        *("", "gene", "gene_name", "sample_name", "filename", "participant_id", "subject", "id"),
        *("age", "sex", "city", "date", "birth_weight", "birth_year", "hospital", "address_bus"),
        *("chr1", "25", "Ada Lovelace", "ada@example.org", "x" * 100, "phone of Ada Lovelace"),
    ],
)
def test_other_header_says_nothing(cell: str) -> None:
    header = header_of(cell)

    assert header is None or header.meaning.is_weak
    assert header is None or header.words == "subject"

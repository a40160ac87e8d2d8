"""Forms and check digits of single values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanning.tables import checks

FIT = [
    (checks.is_name, "Ada"),
    (checks.is_name, "Ludwig van der Berg"),
    (checks.is_name, "Müller-Lüdenscheidt"),
    (checks.is_name, "O'Brien"),
    (checks.is_name, "Lovelace, Ada K."),
    (checks.is_email, "ada.lovelace+x@mail.example.org"),
    (checks.is_date, "1815-12-10"),
    (checks.is_date, "10.12.1815"),
    (checks.is_date, "12/10/85"),
    (checks.is_date, "18151210"),
    (checks.is_date, "10 December 1815"),
    (checks.is_date, "Dec 10, 1815"),
    (checks.is_date, "1990-05-12 00:00:00"),
    (checks.is_phone, "5550198"),
    (checks.is_phone, "+49 30 901820"),
    (checks.is_phone, "(212) 555-0198 ext. 12"),
    (checks.is_written_phone, "212-555-0198"),
    (checks.is_street, "12 St James's Square"),
    (checks.is_street, "Unter den Linden 77a"),
    (checks.is_postcode, "10117"),
    (checks.is_postcode, "SW1Y 4LE"),
    (checks.is_ssn, "536904399"),
    (checks.is_dashed_ssn, "536-90-4399"),
    (checks.is_code, "MRN 00123456"),
    (checks.is_code, "C01X00T47"),
    (checks.is_plate, "B-AL 1815"),
    (checks.is_plate, "1HGBH41JXMN109186"),
    (checks.is_device, "00:1b:63:84:45:e6"),
    (checks.is_device, "SN-123456"),
    (checks.is_internet, "192.0.2.7"),
    (checks.is_internet, "https://example.org/~ada"),
    (checks.is_credential, "ada_lovelace"),
    (checks.is_picture, "faces/ada.JPG"),
    (checks.is_card, "4111 1111 1111 1111"),
    (checks.is_card, "378282246310005"),
    (checks.is_iban, "DE89 3704 0044 0532 0130 00"),
    (checks.is_nhs, "943 476 5919"),
]
UNFIT = [
    (checks.is_name, "BRCA1"),
    (checks.is_name, "roi_01"),
    (checks.is_name, "setosa"),
    (checks.is_name, "A"),
    (checks.is_email, "ada@home"),
    (checks.is_date, "1815"),
    (checks.is_date, "1815-13-10"),
    (checks.is_date, "3.14159"),
    (checks.is_phone, "0.2900000"),
    (checks.is_phone, "12"),
    (checks.is_phone, "1990-05-12"),
    (checks.is_written_phone, "2125550198"),
    (checks.is_street, "0x7fff2a"),
    (checks.is_street, "192.0.2.7"),
    (checks.is_postcode, "123"),
    (checks.is_ssn, "000-12-3456"),
    (checks.is_ssn, "666-12-3456"),
    (checks.is_ssn, "912-12-3456"),
    (checks.is_ssn, "536-90-0000"),
    (checks.is_code, "control"),
    (checks.is_code, "12"),
    (checks.is_plate, "blue"),
    (checks.is_device, "abc"),
    (checks.is_internet, "1.0.2"),
    (checks.is_credential, "2021-05"),
    (checks.is_picture, "ada"),
    (checks.is_card, "4111 1111 1111 1112"),
    (checks.is_iban, "DE88 3704 0044 0532 0130 00"),
    (checks.is_nhs, "943 476 5918"),
    (checks.is_nhs, "0000000000"),
]


@pytest.mark.parametrize(("check", "value"), FIT)
def test_value_has_the_form(check: Callable[[str], bool], value: str) -> None:
    assert check(value)


@pytest.mark.parametrize(("check", "value"), UNFIT)
def test_value_has_another_form(check: Callable[[str], bool], value: str) -> None:
    assert not check(value)

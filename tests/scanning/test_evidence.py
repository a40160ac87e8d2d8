"""What counts, and what is chance: raw findings with what stands around them."""

from __future__ import annotations

import pytest

from backends.presidio import RawFinding
from scanning.evidence import (
    DEFAULT_ENTITIES,
    STRONG,
    WEAK,
    Evidence,
    evidence_in,
    presidio_entities,
)


def counts(entity: str, marked: str, score: float = 0.85, **style: bool) -> str | None:
    """What the part in ⟦brackets⟧, raw-found as `entity`, is strong evidence of by default."""
    (evidence,) = (*evidence_of(entity, marked, score, **style), None)[:1]
    return evidence.entity if evidence and evidence.score >= STRONG else None


def evidence_of(entity: str, marked: str, score: float = 0.85, **style: bool) -> list[Evidence]:
    """What the part in ⟦brackets⟧, raw-found as `entity`, is evidence of."""
    before, rest = marked.split("⟦")
    value, after = rest.split("⟧")
    finding = RawFinding(entity, len(before), len(before) + len(value), score)
    return [*evidence_in(before + value + after, [finding], DEFAULT_ENTITIES, **style)]


@pytest.mark.parametrize(
    ("entity", "marked"),
    [
        ("EMAIL_ADDRESS", "id,⟦ada@example.org⟧,5"),
        ("IBAN_CODE", "⟦DE89370400440532013000⟧"),
        ("US_SSN", "SSN ⟦536-90-4399⟧"),
        ("US_SSN", "1,⟦536-90-4399⟧,34"),
        ("US_SSN", "0.5\n⟦536-90-4399⟧\n0.5"),
        ("US_SSN", "social security no. ⟦536904399⟧"),
        ("CREDIT_CARD", "⟦4111 1111 1111 1111⟧"),
        ("CREDIT_CARD", "1,⟦4111-1111-1111-1111⟧,2\n3,x"),
        ("CREDIT_CARD", "card: ⟦4111111111111111⟧"),
        ("PHONE_NUMBER", "Phone: ⟦212-555-0198⟧"),
        ("PHONE_NUMBER", "call ⟦5550198⟧ now"),
        ("PHONE_NUMBER", "reach me at ⟦(212) 555-0198⟧."),
        ("PHONE_NUMBER", "⟦+49 30 901820⟧"),
        ("US_PASSPORT", "passport ⟦912803456⟧"),
        ("UK_NHS", "NHS number ⟦9434765919⟧"),
        ("NATIONAL_ID", "Steuer-ID ⟦86095742719⟧"),
        ("NATIONAL_ID", "NI number: ⟦AB123456C⟧"),
        ("INSURANCE_NUMBER", "Rentenversicherungsnummer ⟦15070649C103⟧"),
        ("PERSON", "participants\n⟦Ada Lovelace⟧\nx"),
        ("PERSON", "seen by ⟦J. Müller-Lüdenscheidt⟧"),
        ("PERSON", "Patient: ⟦Lovelace⟧"),
        ("PERSON", "Patient name: ⟦Ada Lovelace\nDOB⟧"),
        ("PERSON", '"PatientName": "⟦Lovelace⟧",'),
    ],
)
def test_evidence_is_kept(entity: str, marked: str) -> None:
    assert counts(entity, marked, 1.0) == entity


@pytest.mark.parametrize(
    ("entity", "marked"),
    [
        ("PHONE_NUMBER", "0.⟦997071441888021⟧"),
        ("PHONE_NUMBER", "⟦0.997071441⟧"),
        ("PHONE_NUMBER", "phone ⟦2021-11-27 12⟧"),
        ("PHONE_NUMBER", "12 ⟦255 255 2551⟧ 7"),
        ("PHONE_NUMBER", "⟦123 456 7890⟧ 123"),
        ("PHONE_NUMBER", "id ⟦5550198⟧"),
        ("CREDIT_CARD", "0.⟦4111111111111111⟧"),
        ("CREDIT_CARD", "run ⟦4111111111111111⟧"),
        ("CREDIT_CARD", "1234 ⟦4111 1111 1111 1111⟧ 1234"),
        ("US_SSN", "sample ⟦536904399⟧"),
        ("US_SSN", "a-⟦536-90-4399⟧"),
        ("UK_NHS", "⟦9434765919⟧"),
        ("UK_NHS", "0.⟦0000000000⟧ nhs"),
        ("MEDICAL_LICENSE", "⟦rs2837170⟧"),
        ("NATIONAL_ID", "barcode ⟦86095742719⟧"),
        ("INSURANCE_NUMBER", "sample ⟦A123456780⟧"),
        ("DATE_OF_BIRTH", 'births per ⟦woman)",2.3,2.3,2.2430000000000003⟧'),
        ("PHONE_NUMBER", "15:26:⟦53 2018 -0700⟧)"),
        ("PERSON", '⟦RepetitionTime⟧": 2'),
        ("US_DRIVER_LICENSE", "version ⟦v1⟧"),
        ("DATE_TIME", "recorded ⟦2021-11-27⟧"),
        ("PERSON", "⟦SamplingFrequency⟧"),
        ("PERSON", "⟦Schaefer⟧ atlas"),
        ("PERSON", "⟦Siemens Prisma⟧"),
        ("PERSON", "the ⟦Rx3⟧"),
        ("PERSON", "⟦Lovelace⟧ said"),
        ("PERSON", "⟦TASK REST⟧"),
        ("PERSON", "⟦DR   Orphanet⟧; 88616"),
        ("PERSON", "/data/⟦Ada Lovelace⟧/x"),
        ("PERSON", "⟦Homo Sapiens\nchr1⟧"),
        ("LOCATION", "⟦Berlin⟧"),
        ("URL", "⟦bold.ni⟧i"),
    ],
)
def test_chance_is_dropped(entity: str, marked: str) -> None:
    assert counts(entity, marked, 1.0) is None


@pytest.mark.parametrize(
    "marked",
    [
        "⟦Ada Lovelace⟧ wrote it",
        "x\n⟦Ada Lovelace⟧\nx",
        "for ⟦J. Müller-Lüdenscheidt⟧",
        "⟦Ludwig van der Berg⟧",
    ],
)
def test_full_name_is_strong_in_prose_and_weak_in_data(marked: str) -> None:
    assert counts("PERSON", marked, is_prose=True) == "PERSON"
    assert [found.score for found in evidence_of("PERSON", marked, is_prose=False)] == [WEAK]


def test_single_name_that_nothing_introduces_is_weak() -> None:
    (found,) = evidence_of("PERSON", "⟦Lovelace⟧ said", is_prose=True)

    assert found.score == WEAK


def test_text_itself_tells_whether_it_is_prose() -> None:
    letter = "We have seen ⟦Ada Lovelace⟧ at the end of the week.\n"

    assert counts("PERSON", letter) == "PERSON"
    assert counts("PERSON", "⟦Ada Lovelace⟧,5\n" + "a\tb\tc\n1\t2\t3\n" * 20) is None


def test_note_in_data_is_prose_and_a_cell_beside_it_is_not() -> None:
    table = "id\tn\tcomment\n" * 20
    note = "s1\t5\tWe have seen ⟦Ada Lovelace⟧ at the end of the week\n"
    beside = 's1,"We have seen it at the end of the week",⟦Ada Lovelace⟧,5\n'

    assert counts("PERSON", table + note) == "PERSON"
    assert counts("PERSON", table + beside) is None


def test_date_counts_only_as_a_date_of_birth() -> None:
    assert counts("DATE_TIME", "born ⟦10 December 1815⟧", 0.6) == "DATE_OF_BIRTH"
    assert counts("DATE_TIME", "born ⟦yesterday⟧", 0.85) is None
    assert presidio_entities(["DATE_OF_BIRTH", "PERSON"]) == ["DATE_TIME", "PERSON"]


@pytest.mark.parametrize(
    ("entity", "score"),
    [("EMAIL_ADDRESS", 0.49), ("IBAN_CODE", 0.4), ("CREDIT_CARD", 0.3), ("US_SSN", 0.05)],
)
def test_what_presidio_itself_doubts_is_dropped(entity: str, score: float) -> None:
    assert counts(entity, "card ssn ⟦4111 1111 1111 1111⟧", score) is None


def test_entity_can_be_switched_off_and_another_on() -> None:
    finding = RawFinding("LOCATION", 0, 6, 0.85)

    assert [*evidence_in("Berlin", [finding], ["LOCATION"])]
    assert not [*evidence_in("Berlin", [finding], ["PERSON"])]


def test_presidio_is_not_asked_for_what_only_a_place_can_tell() -> None:
    assert presidio_entities(["LOCATION_GPS", "DATE_OF_BIRTH"]) == ["DATE_TIME"]

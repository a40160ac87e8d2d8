"""DICOM: who is named in which tag, and what only looks like a name."""

from __future__ import annotations

import io

import pytest
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from backends.base import Coverage
from scanning.evidence import STRONG
from scanning.readers.dicom import ENTITIES, is_dummy
from tests.scanning.readers.looking import examine, places


def dicom(**tags: object) -> bytes:
    """A file with these tags, and pixels if they are among them."""
    dataset = Dataset()
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return written(dataset)


def written(dataset: Dataset) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = MRImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


@pytest.mark.parametrize(
    ("keyword", "value", "entity"),
    [
        ("PatientName", "Lovelace^Ada", "PERSON"),
        ("ReferringPhysicianName", "Hopper^Grace", "PERSON"),
        ("OperatorsName", "GH", "PERSON"),
        ("PatientID", "48151623", "MEDICAL_RECORD_NUMBER"),
        ("AccessionNumber", "A20261126-7", "MEDICAL_RECORD_NUMBER"),
        ("PatientBirthDate", "18151210", "DATE_OF_BIRTH"),
        ("PatientAddress", "12 St James's Square", "ADDRESS"),
        ("PatientTelephoneNumbers", "+44 20 7946 0000", "PHONE_NUMBER"),
        ("InstitutionName", "St Mary's", "INSTITUTION"),
    ],
)
def test_identifier_is_found_by_its_tag(keyword: str, value: str, entity: str) -> None:
    examination = examine(dicom(Modality="MR", **{keyword: value}))

    assert places(examination) == {entity: [(("tag", keyword),)]}
    assert (examination.coverage, examination.method) == (Coverage.COMPLETE, "dicom")


def test_name_within_a_sequence_is_found() -> None:
    item = Dataset()
    item.RequestingPhysician = "Hopper^Grace"

    examination = examine(dicom(RequestAttributesSequence=Sequence([item])))

    assert places(examination) == {"PERSON": [(("tag", "RequestingPhysician"),)]}


def test_comment_is_read_as_text() -> None:
    examination = examine(dicom(PatientComments="write to ada@example.org"))

    assert places(examination) == {"EMAIL_ADDRESS": [(("tag", "PatientComments"),)]}


@pytest.mark.parametrize(
    "value",
    ["", "^^^^", "ANON", "Anonymous^Patient", "sub-01", "P0042", "0000000", "19000101", "XXXX"],
)
def test_what_names_nobody_is_not_counted(value: str) -> None:
    assert is_dummy(value)


@pytest.mark.parametrize("value", ["Doe^Jane", "12-34-56", "Test^Lovelace", "18151210", "MR48151"])
def test_what_may_name_somebody_is(value: str) -> None:
    assert not is_dummy(value)


def test_pseudonyms_weigh_less_where_the_file_says_so() -> None:
    plain = examine(dicom(PatientID="48151623"))
    removed = examine(dicom(PatientID="48151623", PatientIdentityRemoved="YES"))

    assert plain.findings[0].score > 0.9
    assert removed.findings[0].score < STRONG
    named = examine(dicom(PatientName="Lovelace^Ada", PatientIdentityRemoved="YES"))
    assert named.findings[0].score > 0.9


def test_pixels_are_never_said_to_be_read() -> None:
    tags = {"Rows": 100, "Columns": 100, "BitsAllocated": 8, "PatientName": "Lovelace^Ada"}

    examination = examine(dicom(**tags, PixelData=bytes(10_000)))

    assert places(examination) == {"PERSON": [(("tag", "PatientName"),)]}
    assert (examination.coverage, examination.reasons) == (
        Coverage.PARTIAL,
        ("PICTURES_NOT_READ",),
    )
    assert examination.scanned_bytes < 1_000


def test_private_tags_are_told_of() -> None:
    dataset = Dataset()
    dataset.private_block(0x0029, "MAKER", create=True).add_new(1, "LO", "Ada Lovelace")

    examination = examine(written(dataset))

    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("PRIVATE_TAGS",))


def test_overlay_is_a_picture() -> None:
    dataset = Dataset()
    dataset.add_new(0x60003000, "OW", bytes(8))

    assert examine(written(dataset)).reasons == ("PICTURES_NOT_READ",)


def test_document_within_is_read() -> None:
    examination = examine(dicom(EncapsulatedDocument=b"x\nada@example.org\n"))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 1), ("line", 2))]}


def test_head_of_a_tiff_in_front_does_not_hide_the_tags() -> None:
    data = dicom(PatientName="Lovelace^Ada")

    assert "PERSON" in places(examine(b"II*\0" + data[4:]))


@pytest.mark.parametrize("lost_bytes", [5, 60])
def test_file_that_breaks_off_is_damaged(lost_bytes: int) -> None:
    item = Dataset()
    item.RequestingPhysician = "Hopper^Grace" * 5
    sequence = Sequence([item])
    sequence.is_undefined_length = True
    data = dicom(PatientName="Lovelace^Ada", RequestAttributesSequence=sequence)

    assert "DAMAGED" in examine(data[:-lost_bytes]).reasons


def test_tags_beyond_what_is_held_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanning.readers.dicom.HEADER_BYTES", 20_000)
    data = dicom(PatientName="Lovelace^Ada", EncapsulatedDocument=bytes(100_000))

    examination = examine(data)

    assert "TOO_LARGE" in examination.reasons
    assert examination.coverage is not Coverage.COMPLETE


def test_every_tag_of_the_list_is_in_the_standard() -> None:
    for keywords in ENTITIES.values():
        for keyword in keywords.split():
            assert tag_for_keyword(keyword) is not None, keyword


LETTER = "write to ada@example.org"


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (0x00081030, "LO", LETTER),  # the study's description
        (0x00081010, "SH", "ada@example.org"),  # the scanner's name
        (0x00185678, "LO", LETTER),  # in no dictionary
        (0x00185678, "UN", LETTER.encode()),
        (0x00081030, "UN", LETTER.encode()),
        (0x50003000, "OW", LETTER.encode()),
        (0x50003000, "OW", LETTER.encode("utf-16-le")),
        (0xFFFCFFFC, "OB", LETTER.encode()),  # padding behind all
    ],
)
def test_text_in_any_element_is_read(tag: int, vr: str, value: object) -> None:
    dataset = Dataset()
    dataset.Modality = "MR"
    dataset.add_new(tag, vr, value)

    assert "EMAIL_ADDRESS" in places(examine(written(dataset)))


@pytest.mark.parametrize(("vr", "value"), [("LO", "Hopper^Grace"), ("OB", b"Hopper^Grace")])
def test_name_of_a_patient_is_one_whatever_its_element_claims_to_be(vr: str, value: object) -> None:
    dataset = Dataset()
    dataset.add_new(0x00100010, vr, value)

    assert places(examine(written(dataset))) == {"PERSON": [(("tag", "PatientName"),)]}


def test_text_before_the_file_begins_is_read() -> None:
    data = LETTER.encode().ljust(128, b"\0") + dicom(Modality="MR")[128:]

    assert "EMAIL_ADDRESS" in places(examine(data))


def test_curves_are_numbers_that_are_not_read() -> None:
    dataset = Dataset()
    dataset.add_new(0x50003000, "OW", bytes(1_000))

    assert examine(written(dataset)).reasons == ("NUMBERS_NOT_READ",)

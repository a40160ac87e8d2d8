"""NIfTI: the few texts of a header, and its extensions."""

from __future__ import annotations

import struct

import pytest

from backends.base import Coverage
from tests.scanning.readers.looking import examine, places

MAIL = b"ada@example.org"


def nifti_1(
    order: str = "<", *, extension: bytes = b"", voxels: bytes = b"", **texts: bytes
) -> bytes:
    at = {"db_name": 14, "descrip": 148, "aux_file": 228, "intent_name": 328}
    header = bytearray(352)
    struct.pack_into(f"{order}i", header, 0, 348)
    struct.pack_into(f"{order}f", header, 108, 352 + len(extension))
    header[344:348] = b"n+1\0"
    header[348] = bool(extension)
    for name, text in texts.items():
        header[at[name] : at[name] + len(text)] = text
    return bytes(header) + extension + voxels


def extended(content: bytes, order: str = "<") -> bytes:
    padded = content + bytes(-(len(content) + 8) % 16)
    return struct.pack(f"{order}ii", len(padded) + 8, 6) + padded


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("field", ["db_name", "descrip", "aux_file", "intent_name"])
def test_texts_of_the_header_are_read(field: str, order: str) -> None:
    examination = examine(nifti_1(order, **{field: MAIL}))

    assert places(examination) == {"EMAIL_ADDRESS": [(("tag", field),)]}
    assert (examination.coverage, examination.method) == (Coverage.COMPLETE, "nifti")


def test_second_version_is_read() -> None:
    header = bytearray(544)
    header[:8] = struct.pack("<i", 540) + b"n+2\0"
    struct.pack_into("<q", header, 168, 544)
    header[240 : 240 + len(MAIL)] = MAIL

    assert places(examine(bytes(header))) == {"EMAIL_ADDRESS": [(("tag", "descrip"),)]}


@pytest.mark.parametrize("order", ["<", ">"])
def test_extensions_are_read_as_what_they_hold(order: str) -> None:
    extension = extended(b"nothing here", order) + extended(b"made by\n" + MAIL, order)

    examination = examine(nifti_1(order, extension=extension, voxels=bytes(1_000)))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 2), ("line", 2))]}


def test_voxels_are_numbers() -> None:
    examination = examine(nifti_1(voxels=bytes(100_000)))

    assert (examination.coverage, examination.reasons) == (
        Coverage.PARTIAL,
        ("NUMBERS_NOT_READ",),
    )
    assert 0 < examination.scanned_bytes < 1_000


@pytest.mark.parametrize(
    "data",
    [
        nifti_1(extension=extended(b"x" * 1_000))[:-500],
        nifti_1(extension=struct.pack("<ii", 0, 6)),
        b"\0" * 344 + b"n+1\0" + bytes(4),
        nifti_1()[:108] + struct.pack("<f", float("nan")) + nifti_1()[112:],
    ],
)
def test_header_that_cannot_be_is_damaged(data: bytes) -> None:
    assert "DAMAGED" in examine(data).reasons


def test_voxels_that_begin_too_far_away_are_not_waited_for() -> None:
    header = bytearray(nifti_1())
    struct.pack_into("<f", header, 108, 1e9)

    assert examine(bytes(header)).reasons == ("TOO_LARGE",)


@pytest.mark.parametrize(("at", "text"), [(148, b"FSL\0" + MAIL), (4, b"a@b.org"), (40, MAIL)])
def test_text_anywhere_in_the_header_is_read(at: int, text: bytes) -> None:
    header = bytearray(nifti_1())
    header[at : at + len(text)] = text

    assert "EMAIL_ADDRESS" in places(examine(bytes(header)))


def test_text_before_the_voxels_is_read_without_an_extension() -> None:
    header = bytearray(nifti_1() + MAIL.ljust(32, b"\0"))
    struct.pack_into("<f", header, 108, len(header))

    assert "EMAIL_ADDRESS" in places(examine(bytes(header)))

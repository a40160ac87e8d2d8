"""Tar archives: what has no data, what has holes, and headers that lie."""

from __future__ import annotations

import io
import tarfile

import pytest

from backends.base import Coverage
from tests.scanning.readers.archives.packing import DATA, MAIL, MAIL_IN_FILES, tar_of
from tests.scanning.readers.looking import examine, places

MAIL_THIRD = {"EMAIL_ADDRESS": [(("member", 3), ("line", 2))]}


def member_of(name: str, content: bytes = b"", **fields: object) -> bytes:
    """A header with these fields, and the content, without the archive's end."""
    header = tarfile.TarInfo(name)
    header.size = len(content)
    for field, value in fields.items():
        setattr(header, field, value)
    padded = content.ljust(-(-len(content) // 512) * 512, b"\0")
    return header.tobuf(tarfile.PAX_FORMAT) + padded


def ended(*members: bytes) -> bytes:
    return b"".join(members) + bytes(1024)


@pytest.mark.parametrize(
    "kind",
    [tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE],
)
def test_links_and_devices_count_but_hold_nothing(kind: bytes) -> None:
    data = ended(
        member_of("dir", type=tarfile.DIRTYPE),
        member_of("it", type=kind, linkname="/etc/passwd"),
        member_of("letter", MAIL),
    )

    examination = examine(data)

    assert places(examination) == MAIL_THIRD
    assert examination.coverage is Coverage.COMPLETE


def test_target_of_a_link_is_looked_at() -> None:
    data = ended(member_of("it", type=tarfile.SYMTYPE, linkname="eve@example.org.csv"))

    assert places(examine(data)) == {"EMAIL_ADDRESS": [(("part", "names"), ("line", 1))]}


def test_of_a_file_with_holes_what_is_stored_is_read() -> None:
    """Old GNU sparse files: 4 holes in the header, the rest of the map in blocks behind it."""
    header = bytearray(member_of("sparse", MAIL, type=tarfile.GNUTYPE_SPARSE)[:512])
    header[482] = 1  # the map goes on
    header[483:495] = b"77777777777\0"  # with its holes 8 GiB
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    goes_on = bytearray(512)
    goes_on[504] = 1

    data = ended(
        member_of("a", DATA), bytes(header), bytes(goes_on), bytes(512), member_of("", MAIL)[512:]
    )

    examination = examine(data)
    assert places(examination) == {"EMAIL_ADDRESS": [MAIL_IN_FILES]}
    assert examination.coverage is Coverage.COMPLETE


def test_size_in_pax_records_is_the_true_one() -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("letter")
        member.size, member.pax_headers = len(MAIL), {"size": str(len(MAIL)), "comment": "x"}
        archive.addfile(member, io.BytesIO(MAIL))

    assert examine(content.getvalue()).coverage is Coverage.COMPLETE
    assert places(examine(content.getvalue())) == {"EMAIL_ADDRESS": [(("member", 1), ("line", 2))]}


def test_archive_behind_the_end_of_another_is_read() -> None:
    examination = examine(tar_of({"a": DATA}) + bytes(2**20) + tar_of())

    assert places(examination) == MAIL_THIRD
    assert examination.coverage is Coverage.COMPLETE


def test_something_else_behind_the_end_is_damage() -> None:
    assert examine(tar_of() + MAIL.ljust(512)).reasons == ("DAMAGED",)


def test_header_that_is_damaged_is_not_taken_for_the_end() -> None:
    data = bytearray(ended(member_of("a", MAIL), member_of("b", DATA)))
    data[1024] ^= 1

    examination = examine(bytes(data))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 1), ("line", 2))]}
    assert examination.reasons == ("DAMAGED",)


def test_archive_without_its_end_is_damage() -> None:
    assert examine(member_of("a", MAIL)).reasons == ("DAMAGED",)
    assert examine(member_of("a", MAIL) + bytes(512)).reasons == ("DAMAGED",)
    assert examine(ended(member_of("a", MAIL))).reasons == ()


@pytest.mark.parametrize(
    ("records", "kind", "reason"),
    [
        (b"9 size=5\n", b"g", "DAMAGED"),
        (b"99 path=a\n", b"x", "DAMAGED"),
        (b"0 path=a\n", b"x", "DAMAGED"),
        (b"10 size=-1\n", b"x", "DAMAGED"),
        (b"path", b"x", "DAMAGED"),
        (b"9" * 5000, b"x", "DAMAGED"),
        (b"5010 size=" + b"9" * 4999 + b"\n", b"x", "DAMAGED"),
        (b"11 path=ab\n" * 10**5, b"x", "TOO_LARGE"),
    ],
)
def test_records_that_are_a_trick_end_the_archive(records: bytes, kind: bytes, reason: str) -> None:
    data = ended(member_of("a", DATA), member_of("pax", records, type=kind), member_of("b", MAIL))

    examination = examine(data)

    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, (reason,))


def test_notes_without_end_are_not_kept() -> None:
    notes = member_of("note", b"x" * 500, type=tarfile.GNUTYPE_LONGNAME) * 30

    assert examine(ended(member_of("a", DATA), notes, member_of("b", MAIL))).reasons == (
        "TOO_LARGE",
    )

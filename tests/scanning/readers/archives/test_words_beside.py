"""What headers of archives say in words, wherever their formats have room for some."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile

import pytest

from tests.scanning.readers.archives.packing import DATA
from tests.scanning.readers.looking import examine, places

LETTER = b"write to ada@example.org"
FIELD = b"XX" + struct.pack("<H", len(LETTER)) + LETTER  # an extra field of nobody's


def gzip_member(*, extra: bytes = b"", name: bytes = b"", comment: bytes = b"") -> bytes:
    flags = 4 * bool(extra) | 8 * bool(name) | 16 * bool(comment)
    size = struct.pack("<H", len(extra)) if extra else b""
    texts = b"".join(text + b"\0" for text in (name, comment) if text)
    plain = gzip.compress(DATA)
    return plain[:3] + bytes([flags]) + plain[4:10] + size + extra + texts + plain[10:]


def zip_member(*, extra: bytes = b"", comment: bytes = b"") -> bytes:
    whole, member = io.BytesIO(), zipfile.ZipInfo("a")
    member.extra, member.comment = extra, comment
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(member, DATA)
    return whole.getvalue()


def zip_with_a_signature() -> bytes:
    data = zip_member()
    at = data.rindex(b"PK\5\6")
    return data[:at] + b"PK\5\5" + struct.pack("<H", len(LETTER)) + LETTER + data[at:]


def zip_with_words_before_its_member() -> bytes:
    """In the local header's extra field alone: the directory has none."""
    data = bytearray(zip_member())
    data[28:30] = struct.pack("<H", len(FIELD))
    data[31:31] = FIELD
    at = data.rindex(b"PK\5\6") + 16
    data[at : at + 4] = struct.pack("<L", int.from_bytes(data[at : at + 4], "little") + len(FIELD))
    return bytes(data)


def tar_member(at: int, text: bytes = LETTER, **fields: object) -> bytes:
    """With these bytes at this place of the header, whose sum is right."""
    whole, member = io.BytesIO(), tarfile.TarInfo("a")
    member.size = 13
    for name, value in fields.items():
        setattr(member, name, value)
    with tarfile.open(fileobj=whole, mode="w") as archive:
        archive.addfile(member, io.BytesIO(b"hello, world\n"))
    data = bytearray(whole.getvalue())
    data[at : at + len(text)] = text
    if at < 512:
        data[148:156] = b"%06o\0 " % (sum(data[:148]) + 256 + sum(data[156:512]))
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(gzip_member(extra=FIELD), id="gzip's extra field"),
        pytest.param(gzip_member(comment=LETTER), id="gzip's comment"),
        pytest.param(gzip_member() + gzip_member(name=LETTER), id="the second gzip's name"),
        pytest.param(gzip_member() + gzip_member(extra=FIELD), id="the second gzip's field"),
        pytest.param(gzip_member(extra=b"x" * 65_000, name=LETTER), id="behind a long field"),
        pytest.param(zip_member(extra=FIELD), id="ZIP's extra field"),
        pytest.param(zip_member(comment=LETTER), id="a member's comment"),
        pytest.param(zip_with_words_before_its_member(), id="ZIP's field before a member"),
        pytest.param(zip_with_a_signature(), id="ZIP's signature"),
        pytest.param(tar_member(265), id="the owner in tar"),
        pytest.param(tar_member(2), id="behind the name in tar"),
        pytest.param(tar_member(500, b"a@bcd.org"), id="behind tar's fields"),
        pytest.param(tar_member(512 + 100), id="behind a member in tar"),
        pytest.param(
            tar_member(0, b"", pax_headers={"SCHILY.xattr.n": LETTER.decode()}), id="xattr"
        ),
    ],
)
def test_words_beside_what_is_packed_are_read(data: bytes) -> None:
    assert "EMAIL_ADDRESS" in places(examine(data))


def test_words_about_all_members_of_a_tar_are_read() -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", pax_headers={"ACME.note": LETTER.decode()}):
        pass

    assert "EMAIL_ADDRESS" in places(examine(whole.getvalue()))


def test_name_of_a_gzip_that_does_not_end_is_told_of() -> None:
    assert "TOO_LARGE" in examine(gzip_member(name=b"x " * 40_000)).reasons

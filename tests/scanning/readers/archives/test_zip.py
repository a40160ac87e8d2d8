"""ZIP archives that other programs may read in another way, and members that cannot be read."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from backends.base import Coverage
from tests.scanning.readers.archives.packing import (
    DATA,
    ENCRYPTED_ZIP,
    FILES,
    MAIL,
    MAIL_IN_FILES,
    zip_of,
)
from tests.scanning.readers.looking import examine, places

_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")


def by_hand(members: list[bytes], directory: list[bytes], *, comment: bytes = b"") -> bytes:
    """An archive of these members' bytes and directory's entries, whatever they say."""
    held, listed = b"".join(members), b"".join(directory)
    count = len(directory)
    end = struct.pack(
        "<4sHHHHLLH", b"PK\5\6", 0, 0, count, count, len(listed), len(held), len(comment)
    )
    return held + listed + end + comment


def local(name: bytes, packed: bytes, content: bytes, *, method: int = 8) -> bytes:
    sums = (zlib.crc32(content), len(packed), len(content))
    return _LOCAL.pack(b"PK\3\4", 20, 0, method, 0, 33, *sums, len(name), 0) + name


def entry(name: bytes, packed: bytes, content: bytes, *, offset: int, method: int = 8) -> bytes:
    sums = (zlib.crc32(content), len(packed), len(content))
    rest = (len(name), 0, 0, 0, 0, 0, offset)
    return _CENTRAL.pack(b"PK\1\2", 20, 20, 0, method, 0, 33, *sums, *rest) + name


def deflated(content: bytes) -> bytes:
    return zlib.compress(content, wbits=-15)


def test_encrypted_member_is_said_to_be_encrypted_and_the_others_are_read() -> None:
    with_letter = ENCRYPTED_ZIP

    examination = examine(with_letter)

    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("ENCRYPTED",))
    assert 0 < examination.scanned_bytes < len(with_letter) / 2


@pytest.mark.parametrize("method", [9, 93], ids=["Deflate64", "Zstandard"])
@pytest.mark.parametrize("is_stream", [False, True])
def test_method_that_is_not_known_is_said_to_be_unread(method: int, is_stream: bool) -> None:
    data = zip_of({"letter": MAIL, "b": DATA}, method=0, is_stream=is_stream)
    at = data.rfind(b"PK\3\4", 0, data.find(b"PK\1\2"))
    in_directory = data.rfind(b"PK\1\2")
    other = bytearray(data)
    other[at + 8], other[in_directory + 10] = method, method

    examination = examine(bytes(other))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 1), ("line", 2))]}
    assert (examination.coverage, examination.reasons) == (
        Coverage.PARTIAL,
        ("MEMBERS_UNSUPPORTED",),
    )


@pytest.mark.parametrize("is_stream", [False, True])
def test_sizes_of_64_bits_are_understood(is_stream: bool) -> None:
    packed = io.BytesIO()
    if is_stream:
        packed.seekable = lambda: False  # type: ignore[method-assign]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in FILES.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)

    examination = examine(packed.getvalue())

    assert places(examination) == {"EMAIL_ADDRESS": [MAIL_IN_FILES]}
    assert examination.coverage is Coverage.COMPLETE


def test_member_that_the_directory_hides_is_read() -> None:
    seen, hidden = deflated(DATA), deflated(MAIL)
    members = [local(b"a", seen, DATA), seen, local(b"b", hidden, MAIL), hidden]

    examination = examine(by_hand(members, [entry(b"a", seen, DATA, offset=0)]))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 2), ("line", 2))]}


def test_members_that_overlap_are_damage() -> None:
    """As in David Fifield's bomb: one member's data quote the header of the next."""
    packed = deflated(DATA)
    inner = local(b"b", packed, DATA)
    quoting = b"\0" + struct.pack("<HH", len(inner), len(inner) ^ 0xFFFF) + inner + packed
    outer = local(b"a", quoting, inner + DATA)
    directory = [
        entry(b"a", quoting, inner + DATA, offset=0),
        entry(b"b", packed, DATA, offset=len(outer) + 5),
    ]
    data = by_hand([outer, quoting], directory)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:  # other programs see two members
        assert archive.read("b") == DATA

    assert "DAMAGED" in examine(data).reasons


def test_member_that_the_directory_has_twice_is_damage() -> None:
    packed = deflated(DATA)

    data = by_hand([local(b"a", packed, DATA), packed], [entry(b"a", packed, DATA, offset=0)] * 2)

    assert examine(data).reasons == ("DAMAGED",)


@pytest.mark.parametrize(
    "told",
    [
        {"name": b"other"},
        {"packed": deflated(DATA)[:-1]},
        {"content": MAIL},
        {"method": 0},
        {"offset": 1},
    ],
    ids=lambda told: next(iter(told)),
)
def test_directory_that_says_something_else_is_damage(told: dict[str, object]) -> None:
    packed = deflated(DATA)
    said = {"name": b"a", "packed": packed, "content": DATA, "offset": 0} | told

    data = by_hand([local(b"a", packed, DATA), packed], [entry(**said)])  # type: ignore[arg-type]

    assert examine(data).reasons == ("DAMAGED",)


def test_archive_in_the_comment_of_another_is_damage() -> None:
    packed = deflated(DATA)
    members, directory = [local(b"a", packed, DATA), packed], [entry(b"a", packed, DATA, offset=0)]

    assert examine(by_hand(members, directory, comment=b"by hand")).reasons == ()
    assert examine(by_hand(members, directory, comment=zip_of())).reasons == ("DAMAGED",)


def test_comment_is_looked_at() -> None:
    packed = deflated(DATA)
    data = by_hand(
        [local(b"a", packed, DATA), packed],
        [entry(b"a", packed, DATA, offset=0)],
        comment=b"ask ada@example.org",
    )

    assert places(examine(data)) == {"EMAIL_ADDRESS": [(("part", "names"), ("line", 2))]}


def test_bytes_behind_a_members_data_are_damage() -> None:
    packed = deflated(DATA) + MAIL

    data = by_hand([local(b"a", packed, DATA), packed], [entry(b"a", packed, DATA, offset=0)])

    assert examine(data).reasons == ("DAMAGED",)


def test_member_that_is_said_to_be_empty_is_read_all_the_same() -> None:
    packed = deflated(MAIL)

    data = by_hand([local(b"a", packed, b""), packed], [entry(b"a", packed, b"", offset=0)])

    examination = examine(data)
    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 1), ("line", 2))]}
    assert examination.reasons == ("DAMAGED",)


def test_gap_between_members_is_damage() -> None:
    packed = deflated(MAIL)
    first = [local(b"a", packed, MAIL), packed]
    gap_end = sum(map(len, first)) + 9
    directory = [entry(b"a", packed, MAIL, offset=0), entry(b"b", packed, MAIL, offset=gap_end)]

    examination = examine(by_hand([*first, b"some gap.", *first], directory))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 1), ("line", 2))]}
    assert examination.reasons == ("DAMAGED",)

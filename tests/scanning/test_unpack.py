"""Members handed out to another scanner, by the child's own frames."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest

from scanning.frames import frames
from scanning.limits import Limits
from scanning.unpack import give_members
from tests.scanning.readers.archives.packing import DATA, ENCRYPTED_ZIP, FILES, MAIL, tar_of, zip_of


def given(data: bytes, limits: Limits | None = None) -> tuple[dict[tuple[int, ...], bytes], object]:
    """The members by their numbers, and what is said at the end."""
    answers: list[bytes] = []
    chunks = (data[at : at + 1000] for at in range(0, len(data), 1000))
    give_members(chunks, answers.append, size_bytes=len(data), limits=limits or Limits())
    said, members = frames(answers), {}
    while "member" in (order := json.loads(next(said))):
        members[tuple(order["member"])] = b"".join(_to_empty(said))
    assert list(said) == []
    return members, order


def _to_empty(said: Iterator[bytes]) -> Iterator[bytes]:
    return iter(lambda: next(said), b"")


@pytest.mark.parametrize(
    ("data", "method"),
    [(zip_of(), "zip"), (tar_of(), "tar"), (gzip.compress(tar_of()), "gzip")],
    ids=["zip", "tar", "tar.gz"],
)
def test_members_come_in_order_with_their_numbers(data: bytes, method: str) -> None:
    members, end = given(data)

    assert list(members.items()) == [((n,), content) for n, content in enumerate(FILES.values(), 1)]
    assert end == {"method": method, "reasons": []}


def test_archives_within_are_taken_apart_and_what_is_packed_alone_is_unpacked() -> None:
    members, _ = given(zip_of({"a.tar": tar_of(), "b.gz": gzip.compress(MAIL)}))

    assert list(members) == [(1, 1), (1, 2), (1, 3), (2,)]
    assert members[2,] == MAIL


def test_office_file_is_opened_itself_but_stays_whole_in_an_archive() -> None:
    document = zip_of({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})

    assert list(given(document)[0]) == [(1,), (2,)]
    assert given(tar_of({"a.docx": document}))[0] == {(1,): document}


def test_archive_that_is_too_deep_comes_whole() -> None:
    inner = zip_of({"a": MAIL})

    members, end = given(zip_of({"b": inner}), Limits(depth=1))

    assert members == {(1,): inner}
    assert end == {"method": "zip", "reasons": []}


def test_what_does_not_come_is_told() -> None:
    assert given(ENCRYPTED_ZIP) == ({(2,): b"0.5\n"}, {"method": "zip", "reasons": ["ENCRYPTED"]})
    members, end = given(gzip.compress(DATA)[:-9])
    assert DATA.startswith(members[()])
    assert end == {"method": "gzip", "reasons": ["DAMAGED"]}


def test_bomb_ends_where_it_does_for_readers() -> None:
    limits = Limits(free_bytes=100_000, ratio=10)

    members, end = given(zip_of({"a": bytes(10**7), "b": MAIL}), limits)

    assert 0 < len(members[1,]) < 10**6
    assert end == {"method": "zip", "reasons": ["ARCHIVE_RATIO"]}


@pytest.mark.parametrize("data", [b"", MAIL, b"\x89PNG\r\n\x1a\n\0"], ids=["empty", "text", "png"])
def test_what_is_no_archive_has_no_members(data: bytes) -> None:
    members, end = given(data)

    assert members == {}
    assert end == {"method": end["method"], "reasons": []}  # type: ignore[index]

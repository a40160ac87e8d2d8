"""Archives of every format: what is in them is found and placed, and their ends are noticed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Mapping

import pytest

from backends.base import Coverage, Place
from scanning.readers import READERS
from scanning.readers.archives import read_archive
from tests.scanning.readers.archives.packing import (
    DATA,
    MAIL,
    MAIL_IN_FILES,
    bgzf_of,
    named_gzip_of,
    tar_of,
    zip_of,
)
from tests.scanning.readers.looking import examine, places

MAIL_ALONE = (("line", 2),)
PACKED: Mapping[str, tuple[bytes, Place]] = {
    "gzip": (gzip.compress(MAIL), MAIL_ALONE),
    "gzip of members": (gzip.compress(DATA) + gzip.compress(MAIL), (("line", 52),)),
    "gzip on tape": (gzip.compress(MAIL) + bytes(100), MAIL_ALONE),
    "bgzf": (bgzf_of(DATA + MAIL), (("line", 52),)),
    "bzip2": (bz2.compress(MAIL), MAIL_ALONE),
    "bzip2 of streams": (bz2.compress(DATA) + bz2.compress(MAIL), (("line", 52),)),
    "xz": (lzma.compress(MAIL), MAIL_ALONE),
    "xz of streams": (lzma.compress(DATA) + bytes(4) + lzma.compress(MAIL), (("line", 52),)),
    "tar, pax": (tar_of(), MAIL_IN_FILES),
    "tar, GNU": (tar_of(form=tarfile.GNU_FORMAT), MAIL_IN_FILES),
    "tar, ustar": (tar_of(form=tarfile.USTAR_FORMAT), MAIL_IN_FILES),
    "tar.gz": (gzip.compress(tar_of()), MAIL_IN_FILES),
    "tar.bz2": (bz2.compress(tar_of()), MAIL_IN_FILES),
    "tar.xz": (lzma.compress(tar_of()), MAIL_IN_FILES),
    **{
        f"zip, method {method}{', as a stream' if is_stream else ''}": (
            zip_of(method=method, is_stream=is_stream),
            MAIL_IN_FILES,
        )
        for method in (
            *(zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA),
        )
        for is_stream in (False, True)
    },
    "zip in zip": (zip_of({"a": DATA, "b.zip": zip_of()}), (("member", 2), *MAIL_IN_FILES)),
    "tar.xz in zip": (
        zip_of({"b.tar.xz": lzma.compress(tar_of())}),
        (("member", 1), *MAIL_IN_FILES),
    ),
    "stored zip in a stream": (
        zip_of({"b": zip_of(method=0, is_stream=True)}, method=0, is_stream=True),
        (("member", 1), *MAIL_IN_FILES),
    ),
    "csv.gz in tar": (tar_of({"a.gz": gzip.compress(MAIL)}), (("member", 1), *MAIL_ALONE)),
}
packed = pytest.mark.parametrize("kind", PACKED)


@packed
def test_what_is_packed_is_found_where_it_is(kind: str) -> None:
    data, place = PACKED[kind]

    examination = examine(data)

    assert places(examination) == {"EMAIL_ADDRESS": [place]}
    assert (examination.coverage, examination.reasons) == (Coverage.COMPLETE, ())
    assert examination.scanned_bytes == len(data)


@pytest.mark.live  # seconds
@packed
def test_what_is_cut_off_anywhere_is_damaged_and_keeps_what_came_before(kind: str) -> None:
    data, _ = PACKED[kind]
    is_tar = data[257:262] == b"ustar"
    end_bytes = len(data.rstrip(b"\0"))  # tapes end with zeros; tar with two blocks, at least
    end_bytes += -end_bytes % 512 + 1024 if is_tar else 0

    for cut in range(263 if is_tar else 7, end_bytes, 97):
        examination = examine(data[:cut])

        is_whole_again = kind == "gzip of members" and data[cut:].startswith(b"\x1f\x8b")
        assert ("DAMAGED" in examination.reasons) is not is_whole_again, cut
        assert examination.scanned_bytes <= cut


def test_findings_before_the_damage_are_kept() -> None:
    tar = tar_of({"letter": MAIL, "data": DATA * 100})

    for data in (tar[:20_000], gzip.compress(tar)[:-20], zip_of({"a": MAIL, "b": DATA})[:-90]):
        examination = examine(data)

        assert places(examination) == {"EMAIL_ADDRESS": [(("member", 1), ("line", 2))]}
        assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("DAMAGED",))


@pytest.mark.parametrize("kind", ["gzip", "bgzf", "bzip2", "xz", "zip, method 8"])
def test_what_follows_an_archive_is_not_hidden(kind: str) -> None:
    data, place = PACKED[kind]

    examination = examine(data + b"something else")

    assert places(examination) == {"EMAIL_ADDRESS": [place]}
    assert examination.reasons == ("DAMAGED",)


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zip, method 8", "zip, method 14"])
def test_flipped_byte_of_content_is_damage(kind: str) -> None:
    data = bytearray(PACKED[kind][0])
    data[len(data) // 2] ^= 0xFF

    assert "DAMAGED" in examine(bytes(data)).reasons


def test_bgzf_without_its_last_block_is_cut_off() -> None:
    data = bgzf_of(DATA)

    assert examine(data[:-28]).reasons == ("DAMAGED",)


@pytest.mark.parametrize(
    "data",
    [
        tar_of({"first.csv": DATA, "for_eve@example.org.csv": DATA}),
        tar_of({"first.csv": DATA, "x" * 150 + "/for_eve@example.org.csv": DATA}),
        tar_of({"a": DATA, "x" * 150 + "/eve@example.org": DATA}, form=tarfile.GNU_FORMAT),
        zip_of({"first.csv": DATA, "for_eve@example.org.csv": DATA}),
        zip_of({"first.csv": DATA, "mails/eve@example.org": DATA}),
    ],
    ids=["tar", "pax", "GNU", "zip", "no suffix"],
)
def test_name_of_a_member_is_looked_at_and_counted(data: bytes) -> None:
    examination = examine(data)

    assert places(examination) == {"EMAIL_ADDRESS": [(("part", "names"), ("line", 2))]}
    assert "eve" not in examination.to_json()


def test_name_that_gzip_keeps_is_looked_at() -> None:
    examination = examine(named_gzip_of(DATA, "for_eve@example.org.csv"))

    assert places(examination) == {"EMAIL_ADDRESS": [(("part", "names"), ("line", 1))]}


def test_member_of_another_kind_is_said_to_be_unread() -> None:
    examination = examine(zip_of({"letter": MAIL, "model": b"\x89HDF\r\n\x1a\n\0\0" * 5}))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 1), ("line", 2))]}
    assert (examination.coverage, examination.reasons) == (
        Coverage.PARTIAL,
        ("MEMBERS_UNSUPPORTED",),
    )


def test_names_alone_do_not_count_as_content() -> None:
    examination = examine(zip_of({"model": b"\x89HDF\r\n\x1a\n\0\0" * 5}))

    assert (examination.coverage, examination.scanned_bytes) == (Coverage.SKIPPED, 0)


@pytest.mark.parametrize("data", [zip_of({}), gzip.compress(b"")], ids=["zip", "gzip"])
def test_empty_archive_is_complete(data: bytes) -> None:
    assert examine(data).coverage is Coverage.COMPLETE


def test_every_kind_of_archive_is_tried() -> None:
    methods = {examine(data).method for data, _ in PACKED.values()}

    assert methods == {kind.value for kind, reader in READERS.items() if reader is read_archive}

"""What a file holds, told from its first bytes."""

from __future__ import annotations

import codecs

import pytest

from scanning.types import Kind, kind_of, text_encoding


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"a,b\n1,2\n",
        "naïve\n".encode(),
        "naïve\n".encode("cp1252"),
        codecs.BOM_UTF8 + b"a",
        b"\x1b[31mred\x1b[0m log",
    ],
)
def test_text_is_read_as_utf_8(head: bytes) -> None:
    assert text_encoding(head) == "utf-8-sig"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_wide_text_is_known_by_its_mark_or_its_nuls(encoding: str, expected: str) -> None:
    assert text_encoding("Patient name: Ada\n".encode(encoding)) == expected


@pytest.mark.parametrize(
    "head",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"PK\x03\x04word",
        b"\x1f\x8b\x08x",
        b"text with a \0 in it",
        b"\0" * 100,
        bytes(range(1, 32)) * 10,
    ],
)
def test_what_is_not_text_is_said_to_be_none(head: bytes) -> None:
    assert text_encoding(head) is None


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", Kind.EMPTY),
        (b"%PDF-1.7\nlooks like text", Kind.PDF),
        (b"PK\x03\x04word", Kind.ZIP),
        (b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml", Kind.OFFICE),
        (b"\x1f\x8b\x08x", Kind.GZIP),
        (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
        (b"\0" * 128 + b"DICM", Kind.DICOM),
        (b"\0" * 344 + b"n+1\0", Kind.NIFTI),
        (b"text with a \0 in it", Kind.OTHER),
    ],
)
def test_the_content_says_what_a_file_is(head: bytes, kind: Kind) -> None:
    assert kind_of(head) is kind


def zip_with(first_name: bytes) -> bytes:
    return b"PK\x03\x04" + bytes(22) + len(first_name).to_bytes(2, "little") + b"\0\0" + first_name


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (zip_with(b"[Content_Types].xml"), Kind.OFFICE),  # Word, Excel, PowerPoint
        (zip_with(b"_rels/.rels"), Kind.OFFICE),  # LibreOffice's .docx
        (zip_with(b"docProps/app.xml"), Kind.OFFICE),  # openpyxl
        (zip_with(b"mimetypeapplication/vnd.oasis.opendocument.text"), Kind.OFFICE),
        (zip_with(b"mimetypeapplication/epub+zip"), Kind.ZIP),
        (zip_with(b"my/word/list.txt"), Kind.ZIP),
        (bytes.fromhex("d0cf11e0a1b11ae1"), Kind.OLE),
        (b"MM\0+\0\x08\0\0", Kind.IMAGE),
    ],
)
def test_documents_are_told_from_other_archives(head: bytes, kind: Kind) -> None:
    assert kind_of(head) is kind

"""What kind of content a file holds, told from its first bytes, never from its name."""

from __future__ import annotations

import codecs
import re
from enum import Enum

from scanning.tables.delimited import dialect_of

HEAD_BYTES = 64 * 2**10  # how much of a file is enough to tell


class Kind(Enum):
    """Kinds of content that are read differently; the values are the reports' `method`."""

    EMPTY = "empty"
    TEXT = "text"
    TABLE = "table"  # rows of cells, with a delimiter
    SEQUENCES = "sequences"  # FASTA, FASTQ, SAM, BAM, VCF, GFF
    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    OFFICE = "office"  # Office Open XML and OpenDocument
    PDF = "pdf"
    DICOM = "dicom"
    IMAGE = "image"  # JPEG, PNG, TIFF, WebP, GIF
    NIFTI = "nifti"
    OLE = "ole"  # Office before 2007, or encrypted by a later one
    OTHER = "other"  # nothing that there is a reader for


UTF_8 = "utf-8-sig"  # as utf-8; drops a byte order mark
EBCDIC = "cp500"  # of mainframes; its national forms have the same letters and digits

# Longest first: a UTF-32 mark begins with a UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (128, b"DICM", Kind.DICOM),  # what stands before it may be the head of a TIFF
    (0, b"%PDF-", Kind.PDF),
    (0, b"PK\x03\x04", Kind.ZIP),
    (0, b"PK\x05\x06", Kind.ZIP),  # without members
    (0, b"\x1f\x8b", Kind.GZIP),
    (0, b"BZh", Kind.BZIP2),
    (0, b"\xfd7zXZ\0", Kind.XZ),
    (0, b"\xff\xd8\xff", Kind.IMAGE),
    (0, b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
    (0, b"II*\0", Kind.IMAGE),
    (0, b"MM\0*", Kind.IMAGE),
    (0, b"II+\0", Kind.IMAGE),  # BigTIFF
    (0, b"MM\0+", Kind.IMAGE),
    (0, b"GIF8", Kind.IMAGE),
    (8, b"WEBP", Kind.IMAGE),
    (257, b"ustar", Kind.TAR),
    (344, b"n+1\0", Kind.NIFTI),
    (344, b"ni1\0", Kind.NIFTI),
    (4, b"n+2\0", Kind.NIFTI),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLE),
    (0, b"7z\xbc\xaf", Kind.OTHER),
    (0, b"BAM\x01", Kind.SEQUENCES),
)
# How the first part's name begins, behind a ZIP header of 30 bytes; each program has its own order.
_OFFICE_PARTS = (
    *(b"[Content_Types].xml", b"_rels/.rels", b"docProps/", b"customXml/"),
    *(b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd.oasis.opendocument"),
)
# By their specifications; IUPAC's letters for bases and amino acids, with gaps and stops.
_SEQUENCES = {
    "vcf": re.compile(r"##fileformat=VCF"),
    "gff": re.compile(r"##gff-version"),
    "sam": re.compile(r"@(?:HD|SQ|RG|PG|CO)\t"),
    "fastq": re.compile(r"@.*\r?\n[A-Za-z.*-]+\r?\n\+.*\r?\n"),
    "fasta": re.compile(r"[>;].+\r?\n(?:;.*\r?\n)*[A-Za-z*-]{1,1000}(?:\r?\n|\Z)"),
}
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_MAX_CONTROL_SHARE = 0.02
_EBCDIC_BLANK = b"@"
_MIN_NUL_SHARE = 0.2  # of the high bytes in UTF-16: mostly Latin letters, digits, separators


def kind_of(head: bytes) -> Kind:
    """What the file beginning with `head` holds; TEXT for all text whose form is not known."""
    if not head:
        return Kind.EMPTY
    for at, magic, kind in _MAGIC:
        if head.startswith(magic, at):
            is_office = kind is Kind.ZIP and head.startswith(_OFFICE_PARTS, 30)
            return Kind.OFFICE if is_office else kind
    encoding = text_encoding(head)
    return _text_kind(head.decode(encoding, errors="replace")) if encoding else Kind.OTHER


def _text_kind(head: str) -> Kind:
    """What kind of text it is, by its first lines."""
    if sequence_format(head):
        return Kind.SEQUENCES
    return Kind.TABLE if dialect_of(head) else Kind.TEXT


def sequence_format(head: str) -> str | None:
    """FASTA, FASTQ, SAM, VCF or GFF, if the text begins like one of them."""
    return next((name for name, start in _SEQUENCES.items() if start.match(head)), None)


def text_encoding(head: bytes) -> str | None:
    """The codec that reads the text beginning with `head`, or None if it is not text.

    Text without a mark is UTF-8, whose stray bytes are read as cp1252 (see `text.decoded`).
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        return _unmarked_utf16(head)
    if _is_ebcdic(head):
        return EBCDIC
    return UTF_8 if controls_in(head) <= _MAX_CONTROL_SHARE * len(head) else None


def _is_ebcdic(head: bytes) -> bool:
    """Letters are above 127 there, and the blank is what is "@" elsewhere."""
    blanks = head.count(_EBCDIC_BLANK)
    above = len(head) - len(head.translate(None, bytes(range(128, 256))))
    return min(blanks * 20, 2 * above) > len(head) > 1_000 * head.count(b" ")


def controls_in(data: bytes) -> int:
    """How many bytes are control characters that hardly stand in any text."""
    return len(data) - len(data.translate(None, _CONTROLS))


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 of mostly Latin text: NULs in every other byte, and only there."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if not even and odd >= _MIN_NUL_SHARE * len(head) / 2:
        return "utf-16-le"
    if not odd and even >= _MIN_NUL_SHARE * len(head) / 2:
        return "utf-16-be"
    return None

"""How a file is read for its preview: told from its first bytes and its name together."""

from __future__ import annotations

import codecs
import re
from enum import Enum
from pathlib import PurePosixPath

KiB, MiB = 2**10, 2**20
HEAD_BYTES = 4 * KiB  # enough to tell


class Form(Enum):
    """What a file is read as."""

    PICTURE = "picture"  # PNG, JPEG, GIF, WebP, TIFF
    SVG = "svg"
    PDF = "pdf"
    DELIMITED = "delimited"  # CSV, TSV
    WORKBOOK = "workbook"  # of Excel
    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"


# Of these the whole is needed; larger ones have no preview.
_MOST_BYTES = {
    Form.PICTURE: 64 * MiB,
    Form.PDF: 64 * MiB,
    Form.WORKBOOK: 64 * MiB,
    Form.SVG: MiB,
    Form.HTML: MiB,
}
# Of these so much is enough: to be shown, and to count the rows of most tables.
_FIRST_BYTES = {Form.DELIMITED: 16 * MiB, Form.TEXT: 64 * KiB, Form.MARKDOWN: 64 * KiB}

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_BY_SUFFIX = {
    "csv": Form.DELIMITED,
    "tsv": Form.DELIMITED,
    "tab": Form.DELIMITED,
    "md": Form.MARKDOWN,
    "markdown": Form.MARKDOWN,
    "html": Form.HTML,
    "htm": Form.HTML,
    "svg": Form.SVG,
}
# What a name promises where the file's first bytes cannot be seen yet; of others, a text.
_EXPECTED = {
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "tif", "tiff"), Form.PICTURE),
    **dict.fromkeys(("xlsx", "xlsm"), Form.WORKBOOK),
    "pdf": Form.PDF,
    **_BY_SUFFIX,
}
# Known by their names to be of no form: they need not be opened to know it.
_OPAQUE = re.compile(
    "zip|gz|bz2|xz|zst|7z|tar|tgz|bam|cram|bai|nii|dcm|h5|hdf5|h5ad|nc|npy|npz|pkl|pickle|rds|rdata"
    "|parquet|feather|mat|bin|so|dll|exe|mp3|mp4|mov|avi|wav|doc|docx|ppt|pptx|odt|db|sqlite"
)
_SEEN_AT_ONCE = re.compile(
    "png|jpe?g|gif|webp|tiff?|svg|pdf|csv|tsv|tab|xlsx|xlsm|md|markdown|html?"
)
_NOTES = re.compile("read[ _-]?me|lies[ _-]?mich|summary|zusammenfassung")
_PICTURE = re.compile("png|jpe?g|gif|webp|tiff?|svg|pdf")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))


def promise(name: str, size_bytes: int) -> int:
    """How worth a look it is, by its name: 2 for what is made to be looked at, 0 for nothing."""
    suffix = _suffix_of(name)
    if not size_bytes or _OPAQUE.fullmatch(suffix):
        return 0
    return 2 if _SEEN_AT_ONCE.fullmatch(suffix) or is_notes(name) else 1


def is_picture(name: str) -> bool:
    """Its name says that it would be shown as a picture."""
    return bool(_PICTURE.fullmatch(_suffix_of(name)))


def is_notes(name: str) -> bool:
    """Its name says that it tells how to read the other files."""
    return bool(_NOTES.fullmatch(PurePosixPath(name).stem.casefold()))


def form_of(name: str, head: bytes) -> Form | None:
    """The form of a file beginning with `head` (`HEAD_BYTES` of it); None for none."""
    if head.startswith(_PICTURES) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return Form.PICTURE
    if head.startswith(b"%PDF-"):
        return Form.PDF
    if head.startswith(b"PK\x03\x04"):
        return Form.WORKBOOK if _suffix_of(name) in ("xlsx", "xlsm") else None
    return _form_of_text(name, head) if _is_text(head) else None


def wanted_bytes(form: Form, size_bytes: int) -> int:
    """How many bytes, from its start, a preview of it is made of; 0 if it can have none."""
    if size_bytes > _MOST_BYTES.get(form, size_bytes):
        return 0
    return min(size_bytes, _FIRST_BYTES.get(form, size_bytes))


def expected_bytes(name: str, size_bytes: int) -> int:
    """The same, as far as its name tells its form."""
    return wanted_bytes(_EXPECTED.get(_suffix_of(name), Form.TEXT), size_bytes)


def _suffix_of(name: str) -> str:
    return PurePosixPath(name).suffix[1:].lower()


def _form_of_text(name: str, head: bytes) -> Form:
    """What does not begin as its name says is shown as the text that it is."""
    by_name = _BY_SUFFIX.get(_suffix_of(name), Form.TEXT)
    begins_with_tag = head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")
    return Form.TEXT if by_name in (Form.HTML, Form.SVG) and not begins_with_tag else by_name


def _is_text(head: bytes) -> bool:
    """UTF-16 with its mark; or no NUL, and hardly any control characters."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls <= len(head) // 50 and b"\0" not in head

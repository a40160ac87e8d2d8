"""PDF by PDFium: the text of each page, forms, notes and links on it, properties, attachments."""

from __future__ import annotations

import ctypes
import re
import time
from collections.abc import Callable, Iterator, Set
from contextlib import closing
from typing import TYPE_CHECKING, Any

from scanning.look import Look
from scanning.readers.pdf_objects import Unpackable, parts, strings
from scanning.readers.tags import read_tag, read_xmp, xmp_packets
from scanning.readers.text import read_text
from scanning.sources import Source
from scanning.tools import Tools

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MAX_ATTACHMENTS = 1_000
MAX_CPU_S = 60  # for the pages; most take milliseconds
_WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD
_XFA_FORMS = (2, 3)  # their values stand in XML that PDFium does not give out
_ANNOTATION_TEXTS = (b"Contents", b"RC", b"Subj", b"TU")
_ATTACHMENT = re.compile(rb"/EF\s*<<")
_FIRST_BYTES = 1_024  # a linearized file says so there, and has two tables of its objects
_MIN_CHARS = 4
_END, _BLANKS = b"%%EOF", b"\0\t\n\f\r "


def read_pdf(source: Source, look: Look, tools: Tools) -> None:
    """What stands on the pages as text; pictures are not read, nor older states of the file."""
    from pypdfium2 import PdfDocument, PdfiumError

    data = source.held().getvalue()
    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        is_encrypted = error.err_code == _WRONG_PASSWORD
        look.missed("ENCRYPTED" if is_encrypted else "DAMAGED", len(data))
        return
    if data.count(b"startxref") > 1 + (b"/Linearized" in data[:_FIRST_BYTES]):
        look.missed("OLDER_STATES")
    with closing(document):
        known = set(_read_properties(document, data, look.at("part", "properties"), tools))
        known.update(_read_pages(document, len(data), look, tools))
        _read_objects(document, data, known, look, tools)
        _read_attachments(document, look, tools)
        _read_behind(data, look.member(document.count_attachments() + 1), tools)


def _read_properties(document: PdfDocument, data: bytes, look: Look, tools: Tools) -> list[str]:
    """Read what all files may say of themselves; returns it."""
    properties: dict[str, str] = document.get_metadata_dict(skip_empty=True)
    for key, text in properties.items():
        read_tag(text, look.at("tag", key), tools, is_author=key == "Author")
    for packet in xmp_packets(data):
        read_xmp(packet, look, tools)
    return list(properties.values())


def _read_objects(
    document: PdfDocument, data: bytes, known: Set[str], look: Look, tools: Tools
) -> None:
    """What no page shows: outlines, scripts, a form's choices; but for what is `known` by now."""
    if b"/Encrypt" in data:
        look.missed("BINARY_PARTS")  # PDFium has the password, which may be empty; we have not
        return
    attachments = 0
    try:
        for number, part in enumerate(parts(data)):
            attachments += len(_ATTACHMENT.findall(part))
            texts = dict.fromkeys(filter(_is_readable, strings(part)))
            pieces = (f"{text}\n" for text in texts if text not in known)
            read_text(pieces, look.at("part", "other"), tools, unit=None).reckon(0, look)
            for packet in xmp_packets(part) if number else ():
                read_xmp(packet, look.at("part", "properties"), tools)
    except Unpackable:
        look.missed("BINARY_PARTS")
    if attachments > document.count_attachments():
        look.missed("MEMBERS_UNSUPPORTED")  # those that a note has, or nobody


def _is_readable(text: str) -> bool:
    return len(text) >= _MIN_CHARS and sum(map(str.isprintable, text)) > 0.7 * len(text)


# --- pages -----------------------------------------------------------------------------------


def _read_pages(document: PdfDocument, size_bytes: int, look: Look, tools: Tools) -> list[str]:
    """All pages, each counted as an equal share of the file; returns the notes on them."""
    notes: list[str] = []
    if (form := document.get_formtype()) in _XFA_FORMS:
        look.missed("BINARY_PARTS")
    if form:
        document.init_forms()
    count, until_s = len(document), time.process_time() + MAX_CPU_S
    for index in range(count):
        if time.process_time() > until_s:
            look.missed("SAMPLED", size_bytes * (count - index) // count)
            break
        share_bytes = size_bytes // count
        notes += _read_page(document, index, share_bytes, look.at("page", index + 1), tools)
    return notes


def _read_page(
    document: PdfDocument, index: int, share_bytes: int, look: Look, tools: Tools
) -> list[str]:
    """One page; returns the notes on it."""
    from pypdfium2 import PdfiumError

    notes: list[str] = []
    try:
        with closing(document.get_page(index)) as page:
            notes += _annotations(document, page)
            for note in notes:
                read_tag(note, look.at("part", "form"), tools)
            text = _page_text(page)
            has_pictures = _has_pictures(page, is_empty=not text.strip())
            has_pictures |= _has_stamps(page)
        chars = read_text([text], look, tools)
    except PdfiumError:
        look.missed("DAMAGED", share_bytes)
        return notes
    if has_pictures and not text.strip():
        look.missed("PICTURES_NOT_READ", share_bytes)
        return notes
    chars.reckon(share_bytes, look)
    if has_pictures:
        look.missed("PICTURES_NOT_READ")
    return notes


def _page_text(page: PdfPage) -> str:
    with closing(page.get_textpage()) as text:
        return str(text.get_text_range()).replace("\r\n", "\n").replace("\r", "\n")


def _has_pictures(page: PdfPage, *, is_empty: bool) -> bool:
    """Whether it shows some; lines and signs that are no text may be writing, too."""
    from pypdfium2 import raw

    return any(page.get_objects(filter=None if is_empty else [raw.FPDF_PAGEOBJ_IMAGE]))


def _has_stamps(page: PdfPage) -> bool:
    """Whether a note on it, other than a form's field or a link, is drawn by itself."""
    from pypdfium2 import raw

    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        try:
            is_stamp = raw.FPDFAnnot_GetSubtype(annotation) in (
                raw.FPDF_ANNOT_STAMP,
                raw.FPDF_ANNOT_WATERMARK,
                raw.FPDF_ANNOT_INK,
            )
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
        if is_stamp:
            return True
    return False


def _annotations(document: PdfDocument, page: PdfPage) -> Iterator[str]:
    """Notes and who wrote them, the values of form fields, the targets of links."""
    from pypdfium2 import raw

    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            yield from filter(None, _annotation_texts(document, annotation))
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _annotation_texts(document: PdfDocument, annotation: Any) -> Iterator[str]:
    from pypdfium2 import raw

    for key in _ANNOTATION_TEXTS:
        yield _wide(raw.FPDFAnnot_GetStringValue, annotation, key)
    subtype = raw.FPDFAnnot_GetSubtype(annotation)
    if subtype == raw.FPDF_ANNOT_WIDGET and document.formenv:
        yield _wide(raw.FPDFAnnot_GetFormFieldValue, document.formenv, annotation)
    elif subtype == raw.FPDF_ANNOT_LINK:
        yield _uri(document, annotation)
    elif author := _wide(raw.FPDFAnnot_GetStringValue, annotation, b"T"):
        yield f"Author: {author}"


def _wide(function: Callable[..., int], *arguments: Any) -> str:
    """A text of PDFium: asked for its size in bytes, then for itself, in UTF-16 with an end."""
    size_bytes = function(*arguments, None, 0)
    buffer = ctypes.create_string_buffer(size_bytes + 2)
    function(*arguments, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size_bytes)
    return buffer.raw[: max(size_bytes - 2, 0)].decode("utf-16-le", "replace")


def _uri(document: PdfDocument, annotation: Any) -> str:
    from pypdfium2 import raw

    action = raw.FPDFLink_GetAction(raw.FPDFAnnot_GetLink(annotation))
    if not action:
        return ""
    size_bytes = raw.FPDFAction_GetURIPath(document, action, None, 0)
    buffer = ctypes.create_string_buffer(size_bytes + 1)
    raw.FPDFAction_GetURIPath(document, action, buffer, size_bytes)
    return buffer.value.decode("utf-8", "replace")


def _read_behind(data: bytes, look: Look, tools: Tools) -> None:
    """What stands behind the end: an archive there makes the file one of two kinds."""
    _, end, rest = data.rpartition(_END)
    if end and rest.strip(_BLANKS):
        tools.look_at(Source([rest.lstrip(_BLANKS)]), look)


# --- attachments -----------------------------------------------------------------------------


def _read_attachments(document: PdfDocument, look: Look, tools: Tools) -> None:
    count = document.count_attachments()
    for index in range(min(count, MAX_ATTACHMENTS)):
        data = bytes(document.get_attachment(index).get_data())
        tools.look_at(Source([data]), look.member(index + 1))
    if count > MAX_ATTACHMENTS:
        look.missed("ARCHIVE_TOO_MANY_MEMBERS")

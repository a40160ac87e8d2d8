"""PDF: its first page as a picture. PDFium is built without JavaScript, and forms are not begun."""

from __future__ import annotations

from contextlib import closing

from pypdfium2 import PdfDocument, PdfiumError

from previews.kinds import Kind, Preview, Unshowable
from previews.pictures import MAX_HEIGHT, MAX_WIDTH, as_webp, smaller

MAX_SCALE = 3.0  # of 72 dots an inch: small figures fill the width, too


def show_pdf(data: bytes) -> Preview:
    """Its first page, and how many there are; nothing of a file that asks for a password."""
    try:
        with closing(PdfDocument(data)) as document:
            return _shown(document)
    except PdfiumError as error:
        raise Unshowable from error


def _shown(document: PdfDocument) -> Preview:
    pages = len(document)
    if not pages:
        raise Unshowable
    page = document[0]
    width, height = page.get_size()
    if min(width, height) <= 0:
        raise Unshowable
    scale = min(MAX_WIDTH / width, MAX_HEIGHT / height, MAX_SCALE)
    image = smaller(page.render(scale=scale).to_pil())
    facts = {"width": image.width, "height": image.height, "pages": pages}
    return Preview(Kind.PDF, as_webp(image, is_drawn=True), facts)

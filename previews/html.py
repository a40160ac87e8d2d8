"""An HTML report: kept as it is, for a frame in which nothing of it can run."""

from __future__ import annotations

import codecs

from previews.kinds import Kind, Preview, Unshowable


def show_html(data: bytes) -> Preview:
    """The file itself, if it is UTF-8 or says that it is UTF-16; others are left alone."""
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unshowable from error
    return Preview(Kind.HTML, text.encode())

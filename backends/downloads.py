"""The name under which a browser saves a download: any Unicode, but nothing that deceives."""

from __future__ import annotations

import unicodedata

from django.utils.http import content_disposition_header

NAMELESS = "download"
# Bidirectional overrides make "exe.pdf" of "fdp.exe" (Unicode Technical Report 36, 2.4).
BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
DROPPED = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control, half a surrogate pair, line breaks


def plain_filename(filename: str) -> str:
    """`filename` without control characters and path separators; never empty."""
    kept = (
        "_" if char in "/\\" else char
        for char in filename
        if unicodedata.category(char) not in DROPPED and char not in BIDI_CONTROLS
    )
    return "".join(kept).strip() or NAMELESS


def attachment(filename: str) -> str:
    """The Content-Disposition header (RFC 6266; RFC 5987 where the name is not ASCII)."""
    return content_disposition_header(True, plain_filename(filename)) or "attachment"

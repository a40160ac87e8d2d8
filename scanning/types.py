"""What kind of content a file holds, told from its first bytes, never from its name.

So far: text, and in which encoding, or not text. Documents, archives, images and tables get
their own kinds here when there is a reader for them.
"""

from __future__ import annotations

import codecs

HEAD_BYTES = 64 * 2**10  # how much of a file is enough to tell

UTF_8 = "utf-8-sig"  # as utf-8; drops a byte order mark

# Longest first: a UTF-32 mark begins with a UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Formats whose beginning may look like text.
_NOT_TEXT = (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf", b"GIF8")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_MAX_CONTROL_SHARE = 0.02
_MIN_NUL_SHARE = 0.2  # of the high bytes in UTF-16: mostly Latin letters, digits, separators


def text_encoding(head: bytes) -> str | None:
    """The codec that reads the text beginning with `head`, or None if it is not text.

    Text without a mark is UTF-8, whose stray bytes are read as cp1252 (see `text.decoded`).
    """
    if head.startswith(_NOT_TEXT):
        return None
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        return _unmarked_utf16(head)
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return UTF_8 if controls <= _MAX_CONTROL_SHARE * len(head) else None


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 of mostly Latin text: NULs in every other byte, and only there."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if not even and odd >= _MIN_NUL_SHARE * len(head) / 2:
        return "utf-16-le"
    if not odd and even >= _MIN_NUL_SHARE * len(head) / 2:
        return "utf-16-be"
    return None

"""Text as it is shown: decoded, cut."""

from __future__ import annotations

import codecs

from previews.kinds import Kind, Preview

MAX_LINES = 200
MAX_CHARS = 20_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def show_text(data: bytes, *, is_cut: bool) -> Preview:
    """The first lines of a text; `is_cut`: the file goes on after `data`."""
    text, is_shortened = first_lines(decoded(data))
    return Preview(Kind.TEXT, text.encode(), {"cut": int(is_cut or is_shortened)})


def decoded(data: bytes) -> str:
    """The text, its end maybe cut within a character; what is no UTF-8 is read as Windows-1252."""
    if data.startswith(_UTF_16):
        return data[: len(data) // 2 * 2].decode("utf-16", errors="replace")
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def first_lines(text: str) -> tuple[str, bool]:
    """As much as is shown, and whether that is not all."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = "\n".join(text[: 4 * MAX_CHARS].split("\n", MAX_LINES)[:MAX_LINES])[:MAX_CHARS]
    return shown, len(shown) < len(text.rstrip("\n"))

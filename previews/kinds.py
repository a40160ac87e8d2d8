"""What is shown of a file: a preview, of one of a few kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

MAX_PREVIEW_BYTES = 2 * 2**20
FACTS = ("width", "height", "pages", "rows", "columns", "sheets", "cut", "left_out")


class Kind(Enum):
    """Kinds of previews; each says how it may be shown."""

    PICTURE = "picture"  # WebP, made anew
    SVG = "svg"  # the file itself
    PDF = "pdf"  # its first page, as a picture is
    TABLE = "table"  # JSON: {"header": [text], "rows": [[text]]}
    TEXT = "text"  # UTF-8
    MARKDOWN = "markdown"  # HTML, to be sanitised by whoever shows it
    HTML = "html"  # the file itself, in UTF-8


@dataclass(frozen=True)
class Preview:
    """What is shown of one file, and what is known of it: sizes, counts, what is missing."""

    kind: Kind
    data: bytes
    facts: dict[str, int] = field(default_factory=dict)


class Unshowable(Exception):
    """There is nothing to show of this file; no failure of anything."""

"""From a visitor's file name, which is data, to a plain name that a node may use as a path."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MAX_BYTES = 180
FORBIDDEN = set('/\\:*?"<>|')


def node_names(names: Sequence[str]) -> list[str]:
    """A plain, distinct file name for each: no folder, no control character, at most 180 bytes.

    The extension stays, as research code often goes by it. The same name twice gets a number.
    """
    taken: set[str] = set()
    counts: dict[str, int] = {}  # how far each name's numbers are used up
    result = []
    for plain in map(_plain, names):
        candidate, folded = plain, plain.casefold()
        # Two names that differ in case only are one on many a laptop.
        while candidate.casefold() in taken:
            counts[folded] = counts.get(folded, 1) + 1
            candidate = numbered(plain, counts[folded])
        taken.add(candidate.casefold())
        result.append(candidate)
    return result


def is_renamed(name: str, node_name: str) -> bool:
    """Whether the node has another name than the visitor's, its folder apart."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1] != node_name


def numbered(plain: str, count: int) -> str:
    """The name with a number before its extension."""
    stem, dot, extension = plain.rpartition(".")
    return f"{stem}-{count}.{extension}" if dot and stem else f"{plain}-{count}"


def _plain(name: str) -> str:
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    kept = "".join("_" if c in FORBIDDEN else c for c in base if _is_printed(c)).strip(". ")
    return shortened(kept.lstrip("-"), MAX_BYTES) or "file"


def _is_printed(character: str) -> bool:
    return unicodedata.category(character)[0] != "C"  # control, format (bidi), surrogate, private


def shortened(name: str, max_bytes: int) -> str:
    """At most so many bytes of the name in UTF-8; its extension stays."""
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    room = max_bytes - len((dot + extension).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + extension

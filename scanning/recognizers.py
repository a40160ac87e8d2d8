"""Recognisers beside Presidio's own, ours and a site's: what the gate has to let through for them.

Presidio itself reads the same files. The gate needs patterns that RE2 can match, and that let
through at least what Presidio's do: RE2 knows fewer letters and digits, and no look-around.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import re2
import yaml

from backends.base import ScanError
from backends.presidio import OUR_RECOGNIZERS

LANGUAGE = "en"  # of Presidio's engine
# What Unicode counts as one of these; RE2's own know ASCII only.
_WIDE = {r"\d": r"\p{Nd}", r"\w": r"\pL\p{M}\pN\p{Pc}", r"\s": r"\s\v\x{1c}-\x{1f}\x{85}\pZ"}
_PIECE = re.compile(r"\\.|\[\^?\]?|.", re.DOTALL)  # a class may begin with a literal ]


@dataclass(frozen=True)
class Recognizer:
    """One of a file's recognisers; `patterns` are RE2's."""

    name: str
    entity: str
    patterns: tuple[str, ...]


def recognizers_with(site: Path | None = None) -> list[Recognizer]:
    """Ours, and those of a site's file; else as `read_recognizers`."""
    return [*read_recognizers(OUR_RECOGNIZERS), *(read_recognizers(site) if site else ())]


def read_recognizers(file: Path) -> list[Recognizer]:
    """What stands in a file; `ScanError` tells the operator what is wrong with it, and where."""
    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))["recognizers"]
        return [_recognizer(file, entry) for entry in entries]
    except (OSError, UnicodeError) as error:
        raise _unusable(file, f"it cannot be read ({type(error).__name__})") from error
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(
            file, "it must be YAML with a list “recognizers”, each with a name, a supported_entity "
            "and patterns or a deny_list"
        ) from error  # fmt: skip


def _recognizer(file: Path, entry: dict[str, Any]) -> Recognizer:
    name = str(entry["name"])
    if entry.get("supported_language", LANGUAGE) != LANGUAGE:
        raise _unusable(file, f"the supported_language of “{name}” must be “{LANGUAGE}”")
    patterns = tuple(_checked(file, name, pattern) for pattern in _patterns(entry))
    if not patterns:
        raise _unusable(file, f"“{name}” has neither patterns nor a deny_list")
    return Recognizer(name, str(entry["supported_entity"]), patterns)


def _patterns(entry: dict[str, Any]) -> Iterator[str]:
    """Without regard to case, as Presidio has it."""
    for pattern in entry.get("patterns") or ():
        yield f"(?ims){widened(str(pattern['regex']))}"
    if words := entry.get("deny_list"):
        yield f"(?i){'|'.join(re2.escape(str(word)) for word in words)}"


def _checked(file: Path, name: str, pattern: str) -> str:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        what = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise _unusable(
            file, f"RE2, which looks at every byte before Presidio does, refuses a pattern of "
            f"“{name}” ({what}): write it without look-around and back-references, which \\b or "
            "a longer match with a context word may stand in for"
        ) from error  # fmt: skip
    return pattern


def widened(regex: str) -> str:
    """The pattern with Unicode's classes, and without its word boundaries: those are ASCII in RE2.

    It matches wherever the original does, if not only there.
    """
    pieces, in_class = [], False
    for piece in _PIECE.findall(regex):
        if piece in (r"\b", r"\B") and not in_class:
            continue
        if piece in _WIDE:
            pieces.append(_WIDE[piece] if in_class else f"[{_WIDE[piece]}]")
            continue
        in_class = piece[0] == "\\" or piece[-1] != "]" if in_class else piece[0] == "["
        pieces.append(piece)
    return "".join(pieces)


def _unusable(file: Path, why: str) -> ScanError:
    return ScanError(f"The recognisers in {file} cannot be used: {why}.", transient=True)

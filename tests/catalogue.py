"""The catalogues in locale/ as the tests read them: without gettext's own tools."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "locale"
_FIELD = re.compile(r'^(msg\w+)(?:\[\d\])? ((?:".*"\n?)+)', re.M)


@dataclass(frozen=True)
class Entry:
    """One text: its English forms (one, or singular and plural), and its translations."""

    forms: tuple[str, ...]
    translations: tuple[str, ...]
    context: str = ""
    flags: str = ""


def read_po(path: Path) -> list[Entry]:
    """Every entry but the header."""
    blocks = path.read_text().split("\n\n")
    return [entry for entry in map(_entry, blocks) if entry.forms != ("",)]


def _entry(block: str) -> Entry:
    fields = [(name, _text(lines)) for name, lines in _FIELD.findall(block)]
    forms = tuple(text for name, text in fields if name in ("msgid", "msgid_plural"))
    translations = tuple(text for name, text in fields if name == "msgstr")
    flags = "".join(re.findall(r"^#,.*", block, re.M))
    return Entry(forms, translations, dict(fields).get("msgctxt", ""), flags)


def _text(lines: str) -> str:
    return "".join(str(ast.literal_eval(line)) for line in lines.splitlines())

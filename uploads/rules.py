"""What a visitor may send; checked before a byte is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MAX_NAME_CHARACTERS = 1024


@dataclass(frozen=True)
class DeclaredFile:
    """A file as the browser announces it."""

    name: str
    size_bytes: int
    modified_ms: int = 0


@dataclass(frozen=True)
class FileRules:
    """The limits of one page; sizes in bytes."""

    max_files: int
    max_file_bytes: int
    max_total_bytes: int
    patterns: tuple[str, ...] = ()
    accept_empty: bool = False


@dataclass(frozen=True)
class Problem:
    """Why something cannot be sent; `file` is its index, None where it concerns them all."""

    file: int | None
    message: str


def problems(files: Sequence[DeclaredFile], rules: FileRules) -> list[Problem]:
    """Everything that is wrong with these files, in words for the one who sends them."""
    if not files:
        return [Problem(None, _("Choose at least one file."))]
    found = [
        Problem(index, message)
        for index, file in enumerate(files)
        if (message := _problem_of(file, rules))
    ]
    return [*_problems_of_all(files, rules), *found]


def _problems_of_all(files: Sequence[DeclaredFile], rules: FileRules) -> list[Problem]:
    found = []
    if len(files) > rules.max_files:
        text = ngettext(
            "This page takes %(most)d file; you chose %(chosen)d.",
            "This page takes at most %(most)d files; you chose %(chosen)d.",
            rules.max_files,
        )
        found.append(Problem(None, text % {"most": rules.max_files, "chosen": len(files)}))
    if (total := sum(file.size_bytes for file in files)) > rules.max_total_bytes:
        text = _("All files together are %(total)s; this page takes %(most)s at most.")
        sizes = {"total": size_text(total), "most": size_text(rules.max_total_bytes)}
        found.append(Problem(None, text % sizes))
    return found


def _problem_of(file: DeclaredFile, rules: FileRules) -> str:
    if not file.name.strip() or len(file.name) > MAX_NAME_CHARACTERS:
        return _("This file's name is empty or too long. Rename it and choose it again.")
    if file.size_bytes == 0 and not rules.accept_empty:
        return _("“%(name)s” is empty (0 bytes). Was it saved?") % {"name": file.name}
    if file.size_bytes > rules.max_file_bytes:
        return _("“%(name)s” is %(size)s; this page takes files up to %(most)s.") % {
            "name": file.name,
            "size": size_text(file.size_bytes),
            "most": size_text(rules.max_file_bytes),
        }
    if not _matches(file.name, rules.patterns):
        return _("“%(name)s” is not a file that this page takes: %(patterns)s.") % {
            "name": file.name,
            "patterns": ", ".join(rules.patterns),
        }
    return ""


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    base = name.replace("\\", "/").rsplit("/", 1)[-1].casefold()
    return not patterns or any(fnmatch(base, pattern.casefold()) for pattern in patterns)


def size_text(size_bytes: int) -> str:
    """A size as people read it, in powers of ten as file managers show it."""
    size = float(size_bytes)
    for unit in (ngettext("byte", "bytes", size_bytes), "kB", "MB", "GB"):
        if size < 1000:
            return f"{_number(size, digits=int(size < 100))} {unit}"
        size /= 1000
    return f"{_number(size, digits=1)} TB"


def _number(size: float, *, digits: int) -> str:
    rounded = round(size, digits)
    return number_format(rounded, 0 if rounded.is_integer() else digits)

"""Lines that fetch a result on a command line, and go on where they broke off."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from jobs.models import Job, ResultFile, ResultLink
from jobs.results.archive.contents import archive_name, offer_of_all
from jobs.results.names import result_paths

SHOWN = 10
_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
_LIVE_IN_DOUBLE_QUOTES = re.compile('[$`!"\\\\\u201c\u201d\u201e]')


@dataclass(frozen=True)
class Command:
    """A line, and what it fetches: a file, or everything if that is None."""

    line: str
    file: ResultFile | None = None


@dataclass(frozen=True)
class Commands:
    """The lines, and of how many files of their own they are."""

    lines: list[Command]
    files: int


def commands(link: ResultLink) -> Commands:
    """A line for all in one, and for each of the largest files: the same each time.

    They are for sh and for PowerShell.

    The inner curl presses the button, and says where that leads to. One curl cannot do both: it
    takes a POST with `-C -` for an upload to go on with, and newer ones refuse that. The range
    says that this may go on with what was counted already.
    """
    files = list(link.job.results.order_by("-size_bytes", "number")[:SHOWN])
    plain = _plain_names(link.job)
    often = Counter(plain[file.number] for file in files)
    single = [Command(_line(_own_name(f, plain, often), _address(link, f)), f) for f in files]
    return Commands([*_of_all(link), *single], len(single))


def _of_all(link: ResultLink) -> list[Command]:
    if offer_of_all(link.job) is None:
        return []
    address = f"{settings.SITE_URL}{reverse('order-all', args=[link.token])}"
    return [Command(_line(f"{archive_name(link.job)}.zip", address))]


def _line(name: str, address: str) -> str:
    press = f"curl -fsS -d get -H 'Range: bytes=1-' -w '%{{redirect_url}}' '{address}'"
    return f'curl -C - -o {_quoted(name)} "$({press})"'


def _address(link: ResultLink, file: ResultFile) -> str:
    return f"{settings.SITE_URL}{reverse('download', args=[link.token, file.number])}"


def _own_name(file: ResultFile, plain: dict[int, str], often: Counter[str]) -> str:
    """Two files of one name would be taken for parts of one."""
    name = plain[file.number]
    return name if often[name] == 1 else f"{file.number}-{name}"


def _plain_names(job: Job) -> dict[int, str]:
    """By number, what the list of checksums calls each file, without its folders.

    No dot in front: what is fetched into a home folder shall not become its .profile.
    """
    rows = list(job.results.values_list("number", "name"))
    paths = result_paths([name for _number, name in rows])
    last = [path.rpartition("/")[2].lstrip(" .") for path in paths]
    return {number: name for (number, _name), name in zip(rows, last, strict=True)}


def _quoted(name: str) -> str:
    """One word for sh and for PowerShell, which takes typographic quotes for quotes, too."""
    name = f"./{name}" if name.startswith("-") else name
    if not _SINGLE_QUOTES.search(name):
        return f"'{name}'"
    if not _LIVE_IN_DOUBLE_QUOTES.search(name):
        return f'"{name}"'
    return f"'{_SINGLE_QUOTES.sub('_', name)}'"

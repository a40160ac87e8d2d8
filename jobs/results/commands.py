"""Lines that fetch a result on a command line, and go on where they broke off."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from jobs.models import ResultFile, ResultLink
from jobs.results.archive.contents import archive_name, offer_of_all

SHOWN = 10


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
    often = Counter(_plain(file) for file in files)
    single = [Command(_line(_own_name(f, often), _address(link, f)), f) for f in files]
    return Commands([*_of_all(link), *single], len(single))


def _of_all(link: ResultLink) -> list[Command]:
    if offer_of_all(link.job) is None:
        return []
    address = f"{settings.SITE_URL}{reverse('order-all', args=[link.token])}"
    return [Command(_line(f"{archive_name(link.job)}.zip", address))]


def _line(name: str, address: str) -> str:
    press = f"curl -fsS -d get -H 'Range: bytes=1-' -w '%{{redirect_url}}' '{address}'"
    return f"curl -C - -o '{name}' \"$({press})\""


def _address(link: ResultLink, file: ResultFile) -> str:
    return f"{settings.SITE_URL}{reverse('download', args=[link.token, file.number])}"


def _own_name(file: ResultFile, often: Counter[str]) -> str:
    """Two files of one name would be taken for parts of one."""
    plain = _plain(file)
    return plain if often[plain] == 1 else f"{file.number}-{plain}"


def _plain(file: ResultFile) -> str:
    """What no shell takes for more than a name, and curl for no option: research code chose it."""
    plain = re.sub(r"[^\w. -]", "_", file.name.rsplit("/", 1)[-1]).lstrip(" .-")
    return plain or f"result-{file.number}"

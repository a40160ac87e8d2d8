"""Lines that fetch a result on a command line, and go on where they broke off."""

from __future__ import annotations

import re
from collections import Counter

from django.conf import settings
from django.urls import reverse

from jobs.models import ResultFile, ResultLink

SHOWN = 10


def commands(link: ResultLink) -> list[str]:
    """A line for each of the largest files, for sh and for PowerShell: the same each time.

    The inner curl presses the button, and says where that leads to. One curl cannot do both: it
    takes a POST with `-C -` for an upload to go on with, and newer ones refuse that. The range
    says that this may go on with what was counted already.
    """
    files = list(link.job.results.order_by("-size_bytes", "number")[:SHOWN])
    often = Counter(_plain(file) for file in files)
    return [_line(_own_name(file, often), _address(link, file)) for file in files]


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

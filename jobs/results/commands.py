"""Lines that fetch a result on a command line, go on where they broke off, and check what came.

They make what unpacking the ZIP makes: a folder with the result's own folders in it. So whatever a
job called its files, nothing lands among the files of whoever gives the lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from jobs.models import Job, ResultFile, ResultLink
from jobs.results.archive.contents import archive_name, offer_of_all
from jobs.results.names import archive_paths, result_paths
from jobs.status_page.receipt import checksum_line

SHOWN = 10
_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
_LIVE_IN_DOUBLE_QUOTES = re.compile('[$`!"\\\\\u201c\u201d\u201e]')


@dataclass(frozen=True)
class Command:
    """A line, and what it fetches: a file, or everything if that is None."""

    line: str
    file: ResultFile | None = None


@dataclass(frozen=True)
class Check:
    """The lines by which what was fetched is held against its checksums, in the same folder.

    The first fetches these; then one for each system. What was not fetched is passed over.
    """

    fetch: str
    linux: str
    macos: str
    powershell: str


@dataclass(frozen=True)
class Commands:
    """The lines, of how many files of their own they are, and the check after them."""

    lines: list[Command]
    files: int
    check: Check


def commands(link: ResultLink) -> Commands:
    """A line for all in one, and for each of the largest files: the same each time.

    They are for sh and for PowerShell.

    The inner curl presses the button, and says where that leads to. One curl cannot do both: it
    takes a POST with `-C -` for an upload to go on with, and newer ones refuse that. The range
    says that this may go on with what was counted already.
    """
    files = list(link.job.results.order_by("-size_bytes", "number")[:SHOWN])
    paths = _fetched(_archived(link.job))
    single = [Command(_line(paths[file.number], _address(link, file)), file) for file in files]
    return Commands([*_of_all(link), *single], len(single), _check(link))


def checksums_name(job: Job) -> str:
    """What the list is called beside the folder that the lines make."""
    return f"{archive_name(job)}.sha256"


def checksum_lines(job: Job) -> list[str]:
    """The list, of all files of the result, for `sha256sum -c`.

    What no shell can be told has a line for each of its places: in the unpacked ZIP, and fetched by
    itself.
    """
    archived = _archived(job)
    fetched = _fetched(archived)
    sums = job.results.values_list("number", "sha256")
    return [
        checksum_line(sha256, path)
        for number, sha256 in sums
        for path in dict.fromkeys((archived[number], fetched[number]))
    ]


def _check(link: ResultLink) -> Check:
    name = _quoted(checksums_name(link.job))
    address = f"{settings.SITE_URL}{reverse('result-checksums', args=[link.token])}"
    return Check(
        fetch=f"curl -fsS -o {name} '{address}'",
        linux=f"sha256sum -c --ignore-missing {name}",
        macos=f"shasum -a 256 -c --ignore-missing {name}",
        powershell=(
            # Windows' own PowerShell would take the list for ANSI, and pass such names over.
            f"Get-Content -Encoding utf8 {name} | ForEach-Object {{ "
            "$sum, $file = $_ -split '  ', 2; "
            'if (Test-Path -LiteralPath $file) { "${file}: $(if ((Get-FileHash -LiteralPath '
            "$file).Hash -eq $sum) { 'OK' } else { 'FAILED' })\" } }"
        ),
    )


def _of_all(link: ResultLink) -> list[Command]:
    if offer_of_all(link.job) is None:
        return []
    address = f"{settings.SITE_URL}{reverse('order-all', args=[link.token])}"
    return [Command(_line(f"{archive_name(link.job)}.zip", address))]


def _line(name: str, address: str) -> str:
    press = f"curl -fsS -d get -H 'Range: bytes=1-' -w '%{{redirect_url}}' '{address}'"
    return f'curl -C - --create-dirs -o {_quoted(name)} "$({press})"'


def _address(link: ResultLink, file: ResultFile) -> str:
    return f"{settings.SITE_URL}{reverse('download', args=[link.token, file.number])}"


def _archived(job: Job) -> dict[int, str]:
    """By number, where each file is when the ZIP was unpacked."""
    rows = list(job.results.values_list("number", "name"))
    paths = result_paths([name for _number, name in rows])
    folder = archive_name(job)
    return {number: f"{folder}/{path}" for (number, _name), path in zip(rows, paths, strict=True)}


def _fetched(paths: dict[int, str]) -> dict[int, str]:
    """By number, where each file comes to lie: as in the ZIP, but for what no shell can be told."""
    hard = {number: _quotable(path) for number, path in paths.items() if path != _quotable(path)}
    # None of them where another file is: the check would hold one against the other's sum.
    distinct = archive_paths([*paths.values(), *hard.values()])[len(paths) :]
    return paths | dict(zip(hard, distinct, strict=True))


def _quotable(path: str) -> str:
    """Without single quotes, if it has both these and what is alive between double ones."""
    is_hard = _SINGLE_QUOTES.search(path) and _LIVE_IN_DOUBLE_QUOTES.search(path)
    return _SINGLE_QUOTES.sub("_", path) if is_hard else path


def _quoted(name: str) -> str:
    """One word for sh and for PowerShell, which takes typographic quotes for quotes, too."""
    name = f"./{name}" if name.startswith("-") else name
    return f'"{name}"' if _SINGLE_QUOTES.search(name) else f"'{name}'"

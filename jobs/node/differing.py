"""Which results of two runs are not the same, and where they part."""

import codecs
import unicodedata
from typing import IO, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from .files import CHUNK_BYTES, Json

SEARCHED_BYTES = 256 * 2**20  # of one file: it is a hint, and not to take another hour
NEAR_BYTES = 4096  # what is looked at around the place, to tell a text from other files
LEAD, SHOWN = 40, 100  # characters of a line: shown before the place, and in all
LAYOUT = "\t\n\r\f"


class Change(NamedTuple):
    """The size of a result in bytes in both runs; None: it is not there."""

    before: Optional[int]
    after: Optional[int]


class Parting(NamedTuple):
    """The first byte that is not the same, from 1 on; of a text its line, too, else None.

    `shown`: what stands there in both, for a person.
    """

    byte: int
    line: Optional[int]
    shown: str

    @property
    def words(self) -> str:
        where = f"byte {self.byte}" if self.line is None else f"line {self.line}"
        return f"{where}: {self.shown}"


def differences(first: List[Json], second: List[Json]) -> Dict[str, Change]:
    """The results of two manifests that are not the same, by name, in order."""
    before, after = sums_of(first), sums_of(second)
    found = {}
    for name in sorted({**before, **after}):
        one, other = before.get(name), after.get(name)
        if one != other:
            found[name] = Change(one and one[0], other and other[0])
    return found


def sums_of(results: List[Json]) -> Dict[str, Tuple[int, str]]:
    return {entry["name"]: (entry["size_bytes"], entry["sha256"]) for entry in results}


def parting(first: Iterable[bytes], second: IO[bytes]) -> Optional[Parting]:
    """Where these bytes and the file part; None if they do not, or not within SEARCHED_BYTES."""
    offset, line, near = 0, 1, b""
    for one, other in side_by_side(first, second):
        if one != other:
            at = first_unlike(one, other)
            letter = letter_at(one, other, at)
            near = (near + one[:letter])[-NEAR_BYTES:]
            a, b = (line_at(near, each[letter : letter + NEAR_BYTES]) for each in (one, other))
            if a is None or b is None:
                shown = f"{byte_at(one, at)}, then {byte_at(other, at)}"
                return Parting(offset + at + 1, None, shown)
            return Parting(offset + at + 1, line + one.count(b"\n", 0, at), f"{a}, then {b}")
        offset, line = offset + len(one), line + one.count(b"\n")
        near = (near + one)[-NEAR_BYTES:]
        if offset >= SEARCHED_BYTES:
            break
    return None


def side_by_side(first: Iterable[bytes], second: IO[bytes]) -> Iterator[Tuple[bytes, bytes]]:
    for one in first:
        yield one, second.read(len(one))
    yield b"", second.read(CHUNK_BYTES)


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK_BYTES), b"")


def first_unlike(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def letter_at(one: bytes, other: bytes, at: int) -> int:
    """Where the letter begins, in UTF-8, that this byte belongs to in either of them."""
    letter = at
    while letter > 0 and at - letter < 3 and (goes_on(one, letter) or goes_on(other, letter)):
        letter -= 1
    return letter


def goes_on(data: bytes, at: int) -> bool:
    return at < len(data) and data[at] & 0xC0 == 0x80


def byte_at(data: bytes, at: int) -> str:
    return f"0x{data[at]:02x}" if at < len(data) else "no such byte"


def line_at(near: bytes, rest: bytes) -> Optional[str]:
    """The line around the place, quoted and without control characters; None if it is no text."""
    before, after = text_of(near, is_cut=len(near) == NEAR_BYTES), text_of(rest, is_cut=False)
    if before is None or after is None:
        return None
    lead = before.rpartition("\n")[2]
    if not lead and not rest:
        return "no such line"
    head = after.partition("\n")[0] or after[:1]  # a line's end that only one of them has
    shown = lead[-LEAD:] + head
    dots = ("… " if len(lead) > LEAD else "", " …" if len(shown) > SHOWN else "")
    return f"{dots[0]}{shown[:SHOWN]!r}{dots[1]}"


def text_of(data: bytes, *, is_cut: bool) -> Optional[str]:
    """As UTF-8, a letter that is cut at an end left out; None if it is none."""
    start = next((n for n in range(4) if not goes_on(data, n)), 0) if is_cut else 0
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data[start:])
    except UnicodeDecodeError:
        return None
    is_text = all(c in LAYOUT or unicodedata.category(c) != "Cc" for c in text)
    return text if is_text else None

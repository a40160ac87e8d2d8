"""What the scanning processes and their parent say to one another: orders, answers and frames."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

from backends.base import Coverage, FindingReport, Place
from scanning.limits import Limits

MAX_ORDER_BYTES = 4096
MAX_FRAME_BYTES = 2**20
_LENGTH = struct.Struct("!L")
MEMORY_BYTES = 2 * 2**30  # of address space; with the md model it takes a quarter
EXIT_OUT_OF_MEMORY = 3  # of a worker


@dataclass(frozen=True)
class Order:
    """What a worker is to do with one file: `work` is a name in `child.WORK`."""

    size_bytes: int
    seed: int = 0
    work: str = "examine"

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Order:
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Budget:
    """How much of one file goes to Presidio; the gate looks at every byte in any case."""

    name_chars: int = 3_000_000  # of windows that may hold names: some 40 s of CPU
    pattern_chars: int = 3_000_000  # of windows that show a pattern: some 15 s
    seconds: float = 120  # of CPU for both: a fuse, which makes a sample irreproducible


@dataclass(frozen=True)
class Settings:
    """What a scanning child is told at its start."""

    entities: Sequence[str] = ()  # empty: `evidence.DEFAULT_ENTITIES`
    model: str = ""  # a spaCy model's name or path; empty: the best one installed
    recognizers: str = ""  # the path of a site's own, in Presidio's format; empty: none
    budget: Budget = field(default_factory=Budget)
    memory_bytes: int = MEMORY_BYTES
    limits: Limits = field(default_factory=Limits)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in json.loads(text).items() if name in known}
        budget, limits = Budget(**values["budget"]), Limits(**values["limits"])
        return cls(**{**values, "budget": budget, "limits": limits})


@dataclass(frozen=True)
class Examination:
    """What the child says of one file."""

    coverage: Coverage
    scanned_bytes: int
    reasons: tuple[str, ...] = ()
    findings: tuple[FindingReport, ...] = ()
    method: str = ""
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "coverage": self.coverage.value})

    @classmethod
    def from_json(cls, text: bytes) -> Examination:
        """The child's line; ValueError, TypeError or KeyError if it is not one."""
        said = json.loads(text)
        findings = [
            FindingReport(
                entity=str(item["entity"]),
                count=int(item["count"]),
                score=float(item["score"]),
                locations=tuple(map(_place, item["locations"])),
            )
            for item in said["findings"]
        ]
        return cls(
            coverage=Coverage(said["coverage"]),
            scanned_bytes=int(said["scanned_bytes"]),
            reasons=tuple(map(str, said["reasons"])),
            findings=tuple(findings),
            method=str(said["method"]),
            seed=None if said["seed"] is None else int(said["seed"]),
            versions={str(name): str(version) for name, version in said["versions"].items()},
        )


def _place(said: list[list[str | int]]) -> Place:
    return tuple(
        (str(kind), value if isinstance(value, int) else str(value)) for kind, value in said
    )


def frame(data: bytes) -> bytes:
    """At most `MAX_FRAME_BYTES` with their number in front, so that they can be told apart."""
    return _LENGTH.pack(len(data)) + data


def frames(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The data of each frame in a stream; ValueError if one is too long or cut off."""
    stream = b""
    for piece in pieces:
        stream += piece
        at = 0
        while len(stream) - at >= _LENGTH.size:
            begin = at + _LENGTH.size
            end = begin + _LENGTH.unpack_from(stream, at)[0]
            if end - begin > MAX_FRAME_BYTES:
                raise ValueError(f"a frame of {end - begin} bytes")
            if len(stream) < end:
                break
            yield stream[begin:end]
            at = end
        stream = stream[at:]
    if stream:
        raise ValueError("half a frame")

"""What the scanning child and its parent say to one another: frames one way, JSON lines back.

Each file is an order (a JSON frame), its bytes in frames, and an empty frame. The child answers
each with one line, maybe before the end of the bytes. It reads nothing else and ends with stdin.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import IO

from backends.base import Coverage, FindingReport, Place

MAX_FRAME_BYTES = 16 * 2**20
_LENGTH = struct.Struct("!L")


@dataclass(frozen=True)
class Budget:
    """How much of one file goes to Presidio; the gate looks at every byte in any case."""

    name_chars: int = 2_000_000  # of windows that may hold names and show no pattern
    pattern_chars: int = 2_000_000  # of windows that show one
    seconds: float = 60  # of CPU, for both


@dataclass(frozen=True)
class Settings:
    """What a scanning child is told at its start."""

    entities: Sequence[str] = ()  # empty: `evidence.DEFAULT_ENTITIES`
    model: str = ""  # a spaCy model's name or path; empty: the best one installed
    budget: Budget = field(default_factory=Budget)
    memory_bytes: int = 2 * 2**30  # address space; with the md model it takes a quarter

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in json.loads(text).items() if name in known}
        return cls(**{**values, "budget": Budget(**values["budget"])})


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


def write_frame(pipe: IO[bytes], data: bytes) -> None:
    """One frame, sent at once; an empty one ends a file."""
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes:
    """The next frame; EOFError if the pipe has ended, cleanly or within a frame."""
    header = pipe.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    (size,) = _LENGTH.unpack(header)
    if size > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {size} bytes")
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


def read_file(pipe: IO[bytes]) -> Iterator[bytes]:
    """The frames of one file up to its empty one."""
    while data := read_frame(pipe):
        yield data

"""What the parent tells the scanning processes: settings at the start, an order for each file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from scanning.limits import Budget, Limits

MAX_ORDER_BYTES = 4096
MEMORY_BYTES = 2 * 2**30  # of address space; with the md model it takes a quarter
EXIT_OUT_OF_MEMORY = 3  # of a child


@dataclass(frozen=True)
class Order:
    """What a child is to do with one file: `work` is a name in `zygote.WORK`."""

    size_bytes: int
    seed: int = 0
    work: str = "examine"

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Order:
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Settings:
    """What a zygote is told at its start, for all its children."""

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
        values = json.loads(text)
        budget, limits = Budget(**values.pop("budget")), Limits(**values.pop("limits"))
        return cls(**values, budget=budget, limits=limits)

"""What the visitors of one run send, and when: all of it follows from the seed."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from deploy.chaos import research
from deploy.testbed.clamd import EICAR

# Between two visitors: as fast as two cores carry the whole.
PACE_S = 1.5


class Kind(Enum):
    """What a job is, and so how it must end."""

    HEALTHY = "healthy"
    SLOW = "slow"  # long enough to be preempted
    REFUSED = "refused"  # by the research code, with a message
    INFECTED = "infected"  # must never reach Slurm
    CANCELLED = "cancelled"  # at a random moment, by a person
    IN_PARTS = "in_parts"  # split, computed by an array, and merged
    HOLLOW = "hollow"  # Slurm says COMPLETED and there is no result


SHARES = {
    Kind.SLOW: 0.12,
    Kind.IN_PARTS: 0.08,
    Kind.REFUSED: 0.05,
    Kind.INFECTED: 0.05,
    Kind.CANCELLED: 0.06,
    Kind.HOLLOW: 0.0,  # in aimed runs: it takes minutes to end
}


@dataclass(frozen=True)
class Order:
    """One job as its visitor plans it."""

    number: int
    kind: Kind
    token: str
    at_s: float  # after the run's beginning
    seconds: float  # that its research code takes
    lines: int
    cancel_after_s: float = 0.0
    cancelled_by: str = ""  # "staff" or "collaborator"

    @property
    def email(self) -> str:
        """Each job has a collaborator of its own: so its rows and letters are found again."""
        return f"olga-{self.token}@far.example"

    @property
    def pipeline(self) -> str:
        """The page that it is sent to."""
        return "chaos-in-parts" if self.kind is Kind.IN_PARTS else "chaos"

    @property
    def file_name(self) -> str:
        return f"table-{self.number}.txt"

    @property
    def data(self) -> bytes:
        """The file that is sent."""
        order = {"token": self.token, "kind": self.kind.value, "seconds": self.seconds}
        words = random.Random(self.token)  # noqa: S311 - to be drawn again from the seed
        lines = [f"{words.randrange(10**9)} fox" for _ in range(self.lines)]
        text = "\n".join([json.dumps(order), *lines]).encode()
        return text + (b"\n" + EICAR if self.kind is Kind.INFECTED else b"")

    @property
    def answer_sha256(self) -> str:
        """Of the one right result."""
        return hashlib.sha256(research.answer(self.data)).hexdigest()


def draw_orders(
    count: int, seed: int, *, shares: Mapping[Kind, float] = MappingProxyType({})
) -> list[Order]:
    """The run's jobs by time; `shares` of some kinds in place of the usual ones."""
    rng = random.Random(f"orders {seed}")  # noqa: S311
    kinds = _kinds(count, SHARES | dict(shares))
    rng.shuffle(kinds)
    span_s = PACE_S * count
    times = sorted(rng.uniform(0, span_s) for _ in kinds)
    return [
        _draw(rng, n, kind, at_s) for n, (kind, at_s) in enumerate(zip(kinds, times, strict=True))
    ]


def _kinds(count: int, shares: dict[Kind, float]) -> list[Kind]:
    chosen = [kind for kind, share in shares.items() for _ in range(round(share * count))]
    return (chosen + [Kind.HEALTHY] * (count - len(chosen)))[:count]


def _draw(rng: random.Random, number: int, kind: Kind, at_s: float) -> Order:
    longest = (10.0, 25.0) if kind is Kind.SLOW else (0.0, 3.0)
    is_cancelled = kind is Kind.CANCELLED
    return Order(
        number=number,
        kind=kind,
        token=f"{number:04}-{rng.randrange(16**8):08x}",
        at_s=at_s,
        seconds=round(rng.uniform(*longest), 1),
        lines=rng.randrange(10, 2000),
        cancel_after_s=rng.uniform(0, 12) if is_cancelled else 0.0,
        cancelled_by=rng.choice(["staff", "collaborator"]) if is_cancelled else "",
    )

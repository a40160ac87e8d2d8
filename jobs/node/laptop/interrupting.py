"""When a rehearsal interrupts the code, and how: drawn by a seed, so that it can be repeated."""

import random
from typing import List, NamedTuple

KILL, TERM, SAVE = "kill", "term", "save"


class Interruption(NamedTuple):
    """One start's end: so long after its code began, without a warning or with one.

    `kind`: KILL comes without a word, TERM is announced by SIGTERM, SAVE is a KILL that waits for
    the next write into the checkpoint directory, but no longer than `wait_s`.
    """

    after_s: float
    kind: str
    wait_s: float


def drawn(duration_s: float, count: int, seed: int) -> List[Interruption]:
    """Where `count` starts are interrupted of code that takes `duration_s` undisturbed.

    One point is drawn in each of `count` equal spans of its work, so that early and late ones
    come. A start counts from the point of the one before: code that goes on from there is hit at
    each of the points, code that begins anew does not get far.
    """
    lot = random.Random(seed)
    points = drawn_points(duration_s, count, lot)
    kinds = drawn_kinds(count, lot)
    lengths = [point - before for before, point in zip([0.0, *points], points)]
    wait_s = duration_s / max(count, 1)
    return [Interruption(length, kind, wait_s) for length, kind in zip(lengths, kinds)]


def drawn_points(duration_s: float, count: int, lot: random.Random) -> List[float]:
    return [(number + lot.random()) * duration_s / count for number in range(count)]


def drawn_kinds(count: int, lot: random.Random) -> List[str]:
    """All kinds in turn, shuffled: each comes if there are three or more."""
    kinds = [(KILL, SAVE, TERM)[number % 3] for number in range(count)]
    lot.shuffle(kinds)
    return kinds

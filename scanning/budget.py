"""What Presidio may cost for one file; the gate looks at every byte in any case.

The first windows that the gate has a hit in are read at once, up to about half of the budget.
Of what follows, the last ones and a sample drawn by chance are kept until the file's end and
read then: so every window has the same chance, however long the file turns out to be.
"""

from __future__ import annotations

import heapq
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scanning.gate import Hits
from scanning.limits import Budget

MAX_HEAD_CHARS = 1_000_000
MAX_TAIL_CHARS = 256_000

Read = Callable[[bool], None]
"""Reads a window: True with the language model and all patterns, False by patterns alone."""


@dataclass
class _Wish:
    """A window that the gate has a hit in, beyond what is read at once."""

    number: int  # in the order of the file
    chars: int
    read: Read
    is_read: bool = False
    is_passed_over: bool = False
    is_timed_out: bool = False


@dataclass
class _Pot:
    """The wishes for one kind of reading; `passed_over` gets those that will not be granted."""

    chars: int
    source: random.Random
    passed_over: Callable[[_Wish], None]
    _drawn: list[tuple[float, int, _Wish]] = field(default_factory=list)  # the worst lot first
    _drawn_chars: int = 0
    _tail: deque[_Wish] = field(default_factory=deque)
    _tail_chars: int = 0

    def __post_init__(self) -> None:
        self._head_left = min(MAX_HEAD_CHARS, self.chars // 2)
        self._max_tail_chars = min(MAX_TAIL_CHARS, self.chars // 8)
        self._max_drawn_chars = self.chars - self._head_left - self._max_tail_chars

    def pays_for(self, chars: int) -> bool:
        """Whether so many characters belong to the head, which is read at once."""
        if chars > self._head_left:
            return False
        self._head_left -= chars
        return True

    def keep(self, wish: _Wish) -> None:
        """Keep it as one of the last, until later ones come; then it is drawn by lot, or not."""
        self._tail.append(wish)
        self._tail_chars += wish.chars
        while self._tail_chars > self._max_tail_chars:
            oldest = self._tail.popleft()
            self._tail_chars -= oldest.chars
            self._draw(oldest)

    def _draw(self, wish: _Wish) -> None:
        """Keep those with the lowest lots: at each moment a fair sample of all so far."""
        heapq.heappush(self._drawn, (-self.source.random(), wish.number, wish))
        self._drawn_chars += wish.chars
        while self._drawn_chars > self._max_drawn_chars:
            _, _, worst = heapq.heappop(self._drawn)
            self._drawn_chars -= worst.chars
            self.passed_over(worst)

    def granted(self) -> Iterator[_Wish]:
        """What is to be read at the end."""
        yield from (wish for _, _, wish in self._drawn)
        yield from self._tail


class Purse:
    """What is left of a file's budget; its time begins when it is made.

    Names have a pot of their own: prose at the beginning shall not eat what an address at the
    end needs. The lots come from `seed`: with it, the same file gives the same sample. Only
    the time limit, which is a fuse, does not: what it keeps from being read counts by itself.
    """

    def __init__(self, budget: Budget, seed: int = 0) -> None:
        source = random.Random(f"windows {seed}")  # noqa: S311 - for samples, not for secrets
        self._cpu_until_s = time.process_time() + budget.seconds
        self._names = _Pot(budget.name_chars, source, self._pass_over)
        self._patterns = _Pot(budget.pattern_chars, source, self._pass_over)
        self._wishes = 0
        self.passed_over_chars = 0  # by lot
        self.timed_out_chars = 0

    def pays_for(self, hits: Hits, chars: int) -> bool:
        """Whether so many characters may go to Presidio at once; if so, they are paid."""
        pot = self._names if hits.name else self._patterns
        return self._has_time and pot.pays_for(chars)

    def ask(self, hits: Hits, chars: int, read: Read) -> None:
        """Have a window read now, at the end of the file, or never.

        It may be read by patterns first, and once more with the model.
        """
        self._wishes += 1
        wish = _Wish(self._wishes, chars, read)
        if hits.name and self._names.pays_for(chars):
            self._grant(wish, by_model=True)
            return
        if hits.pattern and self._patterns.pays_for(chars):
            self._grant(wish, by_model=False)
        elif hits.pattern:
            self._patterns.keep(wish)
        if hits.name:
            self._names.keep(wish)

    def settle(self) -> None:
        """At the end of the file: read what was drawn, in the file's order."""
        for_names = {wish.number: wish for wish in self._names.granted()}
        wishes = {wish.number: wish for wish in self._patterns.granted()} | for_names
        for number in sorted(wishes):
            wish = wishes[number]
            if number in for_names or not wish.is_read:
                self._grant(wish, by_model=number in for_names)

    @property
    def _has_time(self) -> bool:
        return time.process_time() < self._cpu_until_s

    def _grant(self, wish: _Wish, *, by_model: bool) -> None:
        if not self._has_time:
            self.timed_out_chars += 0 if wish.is_timed_out else wish.chars
            wish.is_timed_out = True
            return
        wish.read(by_model)
        wish.is_read = True
        if by_model and wish.is_passed_over:  # of two lots, one was good
            wish.is_passed_over = False
            self.passed_over_chars -= wish.chars

    def _pass_over(self, wish: _Wish) -> None:
        if not wish.is_passed_over:
            wish.is_passed_over = True
            self.passed_over_chars += wish.chars

"""What Presidio may cost for one file; the gate looks at every byte in any case."""

from __future__ import annotations

import time
from dataclasses import dataclass

from scanning.frames import Budget
from scanning.gate import Hits


@dataclass
class Purse:
    """What is left of a file's budget."""

    name_chars: int
    pattern_chars: int
    cpu_until_s: float  # on this process's own CPU clock

    @classmethod
    def filled(cls, budget: Budget) -> Purse:
        """A full one; its time begins now."""
        until = time.process_time() + budget.seconds
        return cls(budget.name_chars, budget.pattern_chars, until)

    def pays_for(self, hits: Hits, chars: int) -> bool:
        """Whether a window of so many characters may go to Presidio; if so, it is paid."""
        if time.process_time() >= self.cpu_until_s:
            return False
        # Two pots: prose at the beginning shall not eat what an address at the end needs.
        left = self.pattern_chars if hits.pattern else self.name_chars
        if left < chars:
            return False
        if hits.pattern:
            self.pattern_chars -= chars
        else:
            self.name_chars -= chars
        return True

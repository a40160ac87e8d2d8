"""What has to be looked at, from outside, while research code runs."""

import time
from pathlib import Path
from typing import Optional

from .attempt import Attempt
from .endings import Ending, Interrupted
from .family import Family, name_of
from .limits import Limits

LEFT_S = 5.0  # for processes that are just ending when run() has returned
LEFT = (
    "Processes were still running after {}() had returned ({}), so its results may be incomplete: "
    "wait for all that you start."
)
NEVER = float("inf")


class Guard:
    """Of one call: the job's limits, the processes it leaves, and a rehearsal's interruptions."""

    def __init__(self, attempt: Attempt, family: Family, checkpoint: Optional[Path] = None) -> None:
        """`checkpoint`: the directory that this call has; that of the attempt if none is named."""
        self.family = family
        self.limits = Limits(attempt, family, checkpoint or attempt.checkpoint)
        self.interrupted_at = interruption_at(attempt)

    def due_in(self) -> float:
        """In how many seconds `look` has something to do."""
        return max(0.0, min(self.limits.due_in(), self.interrupted_at - time.monotonic()))

    def look(self) -> None:
        """`Ending` if the code uses more than it may; `Interrupted` when a rehearsal says so."""
        if time.monotonic() >= self.interrupted_at:
            self.family.kill()
            raise Interrupted
        self.limits.look()

    def check_what_is_left(self, function: str) -> None:
        """When the function has returned: `Ending` if it left processes, or too many bytes.

        What such a process writes would come too late, or only in part.
        """
        if not self.family.ends_within(LEFT_S):
            names = sorted({name_of(pid) for pid in self.family.living()})
            raise Ending("code_failed", LEFT.format(function, ", ".join(names[:3])))
        self.limits.look_at_disk()


def interruption_at(attempt: Attempt) -> float:
    """When, by the monotonic clock, a rehearsal interrupts this start; counted from its first call.

    After the kills that job.json lists, a start goes undisturbed.
    """
    if attempt.code_began_at is None:
        attempt.code_began_at = time.monotonic()
    kills = attempt.rules.get("interrupt_after_s", [])
    if attempt.number >= len(kills):
        return NEVER
    return attempt.code_began_at + float(kills[attempt.number])

"""What has to be looked at, from outside, while research code runs."""

import time
from pathlib import Path
from typing import Optional

from .attempt import Attempt
from .calls import called_at
from .endings import Ending, Interrupted
from .family import POLL_S, Family, name_of
from .limits import Limits

LEFT_S = 5.0  # for processes that are just ending when run() has returned
LEFT = (
    "Processes were still running after {}() had returned ({}), so its results may be incomplete: "
    "wait for all that you start."
)
NEVER = float("inf")


class Lookout:
    """Of one call: the job's limits, the processes it leaves, and a rehearsal's interruptions."""

    def __init__(self, attempt: Attempt, family: Family, checkpoint: Optional[Path] = None) -> None:
        """`checkpoint`: the directory that this call has; that of the attempt if none is named."""
        self.family = family
        self.limits = Limits(attempt, family, checkpoint or attempt.checkpoint)
        self.kill = RehearsedKill(attempt)

    def due_in(self) -> float:
        """In how many seconds `look` has something to do."""
        return min(self.limits.due_in(), self.kill.due_in())

    def look(self) -> None:
        """`Ending` if the code uses more than it may; `Interrupted` when a rehearsal says so."""
        if not self.kill.due_in():
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


class RehearsedKill:
    """A rehearsal's kill of this start, so many seconds after its code was first called.

    After the kills that job.json lists, a start goes undisturbed.
    """

    def __init__(self, attempt: Attempt) -> None:
        kills = attempt.rules.get("interrupt_after_s", [])
        self.attempt = attempt
        self.after_s = float(kills[attempt.number]) if attempt.number < len(kills) else NEVER

    def due_in(self) -> float:
        if self.after_s == NEVER:
            return NEVER
        began_at = called_at(self.attempt)
        if began_at is None:
            return POLL_S  # the code is still being loaded
        return max(0.0, began_at + self.after_s - time.monotonic())

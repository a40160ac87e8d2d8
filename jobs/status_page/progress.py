"""How far a running job says it is; read from the store when somebody looks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext_lazy as lazy

from backends.base import BackendError
from backends.chosen import chosen_store
from jobs.jobfile import progress_name
from jobs.models import Job, Stage
from jobs.starts.notes import Begun, begun_with
from jobs.states import State

MAX_BYTES = 10_000
# what the node's program says by itself: it imports nothing of ours, so it is translated here
OF_THE_NODE = {
    "Waiting until an interrupted start has surely ended": lazy(
        "The computer waits until an interrupted start of this job has surely ended"
    ),
    "Fetching the files": lazy("The computer is fetching your files"),
    "Working on the files": lazy("The computer is working on your files"),
    "Dividing the work into parts": lazy("Dividing the work into parts"),
    "Putting the parts together": lazy("Putting the parts together"),
    "Storing the results": lazy("Storing the results"),
}
KEPT_S = 5


@dataclass(frozen=True)
class Progress:
    """What research code said by `progress(fraction, message)`, or the node's program before it."""

    fraction: float | None  # None: nobody has told a number yet
    message: str
    begun_with: Begun = field(default_factory=dict)  # what it found of an earlier start's work
    parts: int = 0  # of an array: how many there are, and then this is no word of the code's

    @property
    def words(self) -> str:
        """The message; in the reader's language, where it is no word of the research code."""
        return str(OF_THE_NODE.get(self.message, self.message))

    @property
    def percent(self) -> int | None:
        """For the bar; None, and then there is no bar, before there is a number."""
        return None if self.fraction is None else round(100 * self.fraction)

    @property
    def parts_done(self) -> int:
        """How many parts of an array are finished."""
        return round(self.parts * (self.fraction or 0))


def of(job: Job) -> Progress | None:
    """The last word of the running attempt; None if there is none, or the store does not answer."""
    key = f"progress:{job.pk}"
    if (kept := cache.get(key)) is not None:
        return kept or None
    read = _read(job)
    cache.set(key, read or False, KEPT_S)
    return read


def checked_count(job: Job) -> int | None:
    """How many files the check has read so far; None where that is not known, or of no interest."""
    if job.state != State.SCANNING or job.again_of_id:  # a repetition's files have their sums
        return None
    return job.upload.files.exclude(sha256="").count() or None


def _is_of_another_run(said: dict[str, Any], job: Job) -> bool:
    """What an earlier submission or start told. Workers of an array tell of all its parts."""
    if said.get("key", job.key) != job.key:
        return True
    return job.stage != Stage.PARTS and int(said["attempt"]) < job.restart_count


def _fraction(said: Any) -> float | None:
    return None if said is None else min(1.0, max(0.0, float(said)))


def _read(job: Job) -> Progress | None:
    try:
        said = json.loads(chosen_store().read(progress_name(job), max_bytes=MAX_BYTES))
        if _is_of_another_run(said, job):
            return None
        begun = begun_with(said.get("begun_with"))
        fraction = _fraction(said["fraction"])
        if said["message"] in OF_THE_NODE:  # the code has said nothing yet; what is kept is done
            fraction = max(fraction or 0.0, begun.get("fraction") or 0.0) or None
        parts = job.parts or 0 if job.stage == Stage.PARTS else 0
        return Progress(fraction, str(said["message"])[:200], begun, parts)
    except (BackendError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
        return None  # it only embellishes the page

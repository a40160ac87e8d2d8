"""How far a running job says it is; read from the store when somebody looks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from django.core.cache import cache

from backends.base import BackendError
from backends.chosen import chosen_store
from jobs.jobfile import progress_name
from jobs.models import Job
from jobs.start_notes import Begun, begun_with

MAX_BYTES = 10_000
KEPT_S = 5


@dataclass(frozen=True)
class Progress:
    """What research code said by `progress(fraction, message)`."""

    fraction: float
    message: str
    begun_with: Begun = field(default_factory=dict)  # what it found of an earlier start's work

    @property
    def percent(self) -> int:
        """For the bar."""
        return round(100 * self.fraction)


def of(job: Job) -> Progress | None:
    """The last word of the running attempt; None if there is none, or the store does not answer."""
    key = f"progress:{job.pk}"
    if (kept := cache.get(key)) is not None:
        return kept or None
    read = _read(job)
    cache.set(key, read or False, KEPT_S)
    return read


def _read(job: Job) -> Progress | None:
    try:
        said = json.loads(chosen_store().read(progress_name(job), max_bytes=MAX_BYTES))
        if int(said["attempt"]) < job.restart_count:
            return None
        fraction = min(1.0, max(0.0, float(said["fraction"])))
        return Progress(fraction, str(said["message"])[:200], begun_with(said.get("begun_with")))
    except (BackendError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
        return None  # it only embellishes the page

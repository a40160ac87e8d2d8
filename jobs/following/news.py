"""Which of a cluster's jobs a look brought news of: most of 10,000 look as they did before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from backends.base import JobRef, Observation, Phase
from jobs.models import key_of
from jobs.states import State

STATE_OF = dict.fromkeys((Phase.WAITING, Phase.HELD), State.PENDING) | dict.fromkeys(
    (Phase.RUNNING, Phase.SUSPENDED, Phase.ENDING), State.RUNNING
)
ALIVE = frozenset(STATE_OF)
# What is held waits for a person, and may do so for ever.
LIVES = ALIVE - {Phase.HELD}
# The cluster reckons anew all the time, and nobody plans by minutes.
RECKONED_WITHIN = timedelta(minutes=5)
SIGN_AGAIN_BEFORE = timedelta(days=3)


class Shown(NamedTuple):
    """What a row keeps of a look as the cluster said it."""

    slurm_state: str
    slurm_reason: str
    expected_start_at: datetime | None


class Known(NamedTuple):
    """As much of a job's row as tells whether a look at the cluster brought news."""

    pk: UUID
    submission: int
    slurm_id: str
    state: str
    slurm_state: str
    slurm_reason: str
    expected_start_at: datetime | None
    restart_count: int
    unseen_since: datetime | None
    waiting_for: str
    signed_until: datetime | None
    changed_at: datetime

    @property
    def ref(self) -> JobRef:
        """The job as the cluster knows it, but for an array's tasks."""
        return JobRef(key_of(self.pk, self.submission), self.slurm_id)


def is_news(row: Known, seen: Observation, now: datetime) -> bool:
    """Whether the row does not say already what was seen."""
    if seen.phase is Phase.UNKNOWN:
        return False
    told = (row.state, row.slurm_state, row.slurm_reason)
    # Fewer restarts than before tell nothing: of an array, tasks that slurmctld has forgotten.
    has_changed = (
        told != (STATE_OF.get(seen.phase), *shown(seen)[:2])
        or seen.restart_count > row.restart_count
        or _is_expected_anew(row, seen)
    )
    has_doubts = row.unseen_since is not None or row.waiting_for != ""
    return has_changed or has_doubts or _has_ended(seen) or signs_soon(row.signed_until, now)


def is_only_words(row: Known, seen: Observation, now: datetime) -> bool:
    """Whether a waiting job waits on, and Slurm only calls it by another word than before, or
    expects its start at another time."""
    waits = seen.phase is Phase.WAITING and row.state == State.PENDING
    is_settled = row.unseen_since is None and not row.waiting_for and not _has_ended(seen)
    same_run = seen.restart_count <= row.restart_count
    return waits and is_settled and same_run and not signs_soon(row.signed_until, now)


def _has_ended(seen: Observation) -> bool:
    return bool(seen.runs or seen.ended_tasks)


def _is_expected_anew(row: Known, seen: Observation) -> bool:
    """slurmctld forgets all estimates before it makes them anew: that one is missing is no news."""
    told, now_told = row.expected_start_at, shown(seen).expected_start_at
    return now_told is not None and (told is None or abs(now_told - told) > RECKONED_WITHIN)


def shown(seen: Observation) -> Shown:
    """Slurm's words as a row keeps them; written last, once all else was done."""
    start = seen.expected_start
    return Shown(seen.slurm_state[:32], seen.reason[:120], start and _rounded_up(start))


def _rounded_up(at: datetime) -> datetime:
    """So that thousands of jobs share some dozens of times, and are written together."""
    step_s = RECKONED_WITHIN.total_seconds()
    return datetime.fromtimestamp(-(-at.timestamp() // step_s) * step_s, UTC)


def signs_soon(signed_until: datetime | None, now: datetime) -> bool:
    """Whether the node's signed URLs are to be renewed now: long before they end."""
    return signed_until is None or signed_until - now <= SIGN_AGAIN_BEFORE

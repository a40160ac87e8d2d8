"""Which of a cluster's jobs a look brought news of: most of 10,000 look as they did before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from backends.base import JobRef, Observation, Phase
from jobs.models import Stage, key_of
from jobs.states import State

STATE_OF = dict.fromkeys((Phase.WAITING, Phase.HELD), State.PENDING) | dict.fromkeys(
    (Phase.RUNNING, Phase.SUSPENDED, Phase.ENDING), State.RUNNING
)
ALIVE = frozenset(STATE_OF)
# What is held waits for a person, and may do so for ever.
LIVES = ALIVE - {Phase.HELD}
SIGN_AGAIN_BEFORE = timedelta(days=3)


class Known(NamedTuple):
    """As much of a job's row as tells whether a look at the cluster brought news."""

    pk: UUID
    stage: str
    submission: int
    slurm_id: str
    state: str
    slurm_state: str
    slurm_reason: str
    restart_count: int
    unseen_since: datetime | None
    waiting_for: str
    signed_until: datetime | None
    changed_at: datetime

    @property
    def ref(self) -> JobRef:
        """The job as the cluster knows it."""
        return self.ref_of(tasks=0)

    def ref_of(self, *, tasks: int) -> JobRef:
        """The same, of an array of so many tasks."""
        return JobRef(key_of(self.pk, self.submission), self.slurm_id, tasks)


def is_news(row: Known, seen: Observation, now: datetime) -> bool:
    """Whether the row does not say already what was seen."""
    if seen.phase is Phase.UNKNOWN:
        return False
    told = (row.state, row.slurm_state, row.slurm_reason, row.restart_count)
    now_shown = (STATE_OF.get(seen.phase), *shown(seen), _restarts(row, seen))
    has_doubts = row.unseen_since is not None or row.waiting_for != ""
    has_ended = bool(seen.runs or seen.ended_tasks)
    return told != now_shown or has_doubts or has_ended or signs_soon(row.signed_until, now)


def is_only_words(row: Known, seen: Observation, now: datetime) -> bool:
    """Whether a waiting job waits on, and Slurm only calls it by another word than before."""
    waits = seen.phase is Phase.WAITING and row.state == State.PENDING
    has_ended = bool(seen.runs or seen.ended_tasks)
    is_settled = row.unseen_since is None and not row.waiting_for and not has_ended
    same_run = row.restart_count == _restarts(row, seen)
    return waits and is_settled and same_run and not signs_soon(row.signed_until, now)


def _restarts(row: Known, seen: Observation) -> int:
    """Of an array, those of tasks that slurmctld has forgotten are missing from the sum."""
    is_array = row.stage == Stage.PARTS
    return max(row.restart_count, seen.restart_count) if is_array else seen.restart_count


def shown(seen: Observation) -> tuple[str, str]:
    """Slurm's state and reason as a row keeps them; written last, once all else was done."""
    return seen.slurm_state[:32], seen.reason[:120]


def signs_soon(signed_until: datetime | None, now: datetime) -> bool:
    """Whether the node's signed URLs are to be renewed now: long before they end."""
    return signed_until is None or signed_until - now <= SIGN_AGAIN_BEFORE

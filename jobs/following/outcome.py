"""What a run without success means: the job has failed, or another try may mend it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from backends.base import Observation
from jobs import reasons
from jobs.manifest import storable
from jobs.models import Job
from jobs.node.endings import EXIT_CODES
from jobs.stages import tries
from jobs.states import State
from pipelines.frozen import PipelineSettings

LOSSES_AT_MOST = 5
# Outages are weather: with the pauses between them, so many tries last for most of a day.
WEATHER_AT_MOST = 20
LONGEST_PAUSE_S = 3600

REASONS = {code: reason for reason, code in EXIT_CODES.items() if code}
# How often a job that ended so is handed in before it counts as failed; once if it is absent here.
HAND_IN_AT_MOST = {
    "store_unreachable": WEATHER_AT_MOST,
    "store_refused": 3,
    "broken_job": 3,
    "input_damaged": 3,
}
FINAL_STATES = {"TIMEOUT", "DEADLINE", "OUT_OF_MEMORY"}


@dataclass(frozen=True)
class Outcome:
    """Why a run ended without success; the job may be handed in `at_most` times in all."""

    message: str
    at_most: int = 1


def outcome_of(
    seen: Observation, end_file: bytes, limits: PipelineSettings, *, has_begun: bool
) -> Outcome:
    """What Slurm and the run's own end file tell of a failure.

    `has_begun`: the node's program was there; a slurmctld that was away for long says TIMEOUT also
    of what it never started.
    """
    if seen.slurm_state in FINAL_STATES and has_begun:
        return Outcome(_limit_message(seen.slurm_state, limits))
    message = _message(end_file) or _end_message(seen)
    # Slurm's word, not the file's, which research code could have written. Without one of our own
    # codes it was killed before it could say a word, or never began: the node's doing, mostly.
    reason = REASONS.get(seen.exit_code or 0, "broken_job")
    return Outcome(message, HAND_IN_AT_MOST.get(reason, 1))


def _message(end_file: bytes) -> str:
    """What the run itself wrote at its end; empty where it was killed before it could."""
    try:
        end = json.loads(end_file)
        # How research code refuses an input in words (docs/for-pis.md); strangers read no Python.
        return storable(str(end["message"])).removeprefix("ValueError: ")[:1000]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""


def _end_message(seen: Observation) -> str:
    if seen.exit_code is None:
        return reasons.ENDED_AS % {"state": seen.slurm_state}
    return reasons.ENDED_WITH_CODE % {"state": seen.slurm_state, "code": seen.exit_code}


def _limit_message(slurm_state: str, limits: PipelineSettings) -> str:
    return {
        "TIMEOUT": reasons.TOO_LONG % {"minutes": limits.time_limit_min},
        "DEADLINE": reasons.TOO_LATE,
        "OUT_OF_MEMORY": reasons.TOO_LARGE % {"megabytes": limits.memory_mb},
    }[slurm_state]


def conclude(job: Job, outcome: Outcome, *, log_tail: str = "") -> None:
    """Hand the job in again, after a pause, as long as that may help; else it has failed."""
    # Each cause has a count of its own: an outage of the store uses up no try of a lost job.
    alike = job.transitions.filter(new=State.CLEAN, reason__startswith=outcome.message)
    before = alike.filter(at__gte=_stage_began_at(job)).count()
    if before + 1 < outcome.at_most and tries(job) < WEATHER_AT_MOST:
        hand_in_again(job, outcome.message)
    else:
        job.move_to(State.FAILED, outcome.message, log_tail=log_tail)


def hand_in_again(job: Job, why: str) -> None:
    """Back to where the cluster had not heard of it; the next Slurm job has a name of its own.

    `submit` ends what may be left of the old one first. Should that one run on somewhere, it
    writes under its own names, which nobody reads any more.
    """
    job.move_to(
        State.CLEAN,
        f"{why} {reasons.AGAIN}",
        due_at=_after_pause(tries(job)),
        submission=job.submission + 1,
        slurm_id="",
        slurm_state="",
        slurm_reason="",
        expected_start_at=None,
        restart_count=0,
        unseen_since=None,
        signed_until=None,
    )


def _stage_began_at(job: Job) -> datetime:
    """A job of a thousand parts may lose more Slurm jobs than one that is a single run."""
    went_on = job.transitions.filter(old=State.RUNNING, new=State.SUBMITTING)
    began_at: datetime | None = went_on.aggregate(at=Max("at"))["at"]
    return began_at or job.created_at


def _after_pause(tried: int) -> datetime:
    seconds = min(LONGEST_PAUSE_S, 10 * 2 ** min(tried - 1, 10))
    return timezone.now() + timedelta(seconds=seconds * random.uniform(0.7, 1.3))  # noqa: S311 - jitter

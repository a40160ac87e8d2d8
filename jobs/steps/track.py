"""track: one look at a cluster for all its jobs; what Slurm says becomes moves.

Success is only this: Slurm says COMPLETED, the manifest is in the store, and every object that it
names is there with its size. Absence is no news; an error changes no state.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone

from backends.base import BackendError, Cluster, Observation, Phase, Run, Store
from jobs.jobfile import SIGNED_FOR_S, job_json
from jobs.manifest import find_manifest, storable
from jobs.models import Attempt, Job, LostRace
from jobs.states import State

log = logging.getLogger(__name__)
ALIVE = (Phase.WAITING, Phase.HELD, Phase.RUNNING, Phase.SUSPENDED, Phase.ENDING)
# How long the end of a run may stay unproved before the job counts as lost.
GRACE = timedelta(minutes=5)
SIGN_AGAIN_BEFORE = timedelta(days=3)
MAX_END_FILE_BYTES = 10_000
MAX_LOG_BYTES = 4_000
PREEMPTED = "Paused: a more urgent job needed the computer. It goes on by itself."


def track(jobs: Sequence[Job], *, store: Store, cluster: Cluster) -> None:
    """Observe all the jobs at once, then move each one on by itself.

    `BackendError` if the cluster could not be asked. What is wrong with one job, be it a file of
    its own making that we stumble over, keeps no other job waiting.
    """
    seen = cluster.observe([job.ref for job in jobs])
    for job in jobs:
        try:
            _follow_one(job, seen.get(job.key, Observation(Phase.UNKNOWN)), store, cluster)
        except LostRace:
            continue
        except Exception:  # a bug, which must not stop the others; the log has all of it
            log.exception("Tracking %s failed.", job.key)


def _follow_one(job: Job, seen: Observation, store: Store, cluster: Cluster) -> None:
    try:
        follow(job, seen, store, cluster)
    except BackendError as error:
        if not error.transient:
            job.move_to(State.FAILED, error.message)
        elif job.waiting_for != error.message:
            job.save_fields(waiting_for=error.message)


def follow(job: Job, seen: Observation, store: Store, cluster: Cluster) -> None:
    """Bring one job's row to what was seen of it."""
    if seen.phase == Phase.UNKNOWN:
        return
    _note(job, seen)
    if seen.phase in ALIVE:
        _lives(job, seen)
    elif seen.phase == Phase.COMPLETED:
        _ended_well(job, seen, store)
    elif seen.phase == Phase.FAILED and seen.restart_count >= job.restart_count:
        _failed(job, seen, cluster)
    elif seen.phase == Phase.CANCELLED:
        job.move_to(State.FAILED, "The cluster's operators cancelled the job.")
    else:
        _unproved(job, store, f"The cluster shows it as {seen.slurm_state or 'not there'}.")
    _sign_again(job, store, cluster)


def _note(job: Job, seen: Observation) -> None:
    changes: dict[str, Any] = {
        "slurm_state": seen.slurm_state[:32],
        "slurm_reason": seen.reason[:120],
        "restart_count": max(job.restart_count, seen.restart_count),
    }
    if changes["restart_count"] != job.restart_count:
        changes["signed_until"] = timezone.now()  # the next attempts need URLs of their own
    if seen.phase in ALIVE:  # what was in doubt, or did not answer, is seen again
        changes |= {"unseen_since": None, "waiting_for": ""}
    if any(getattr(job, name) != value for name, value in changes.items()):
        job.save_fields(**changes)
    for run in seen.runs:
        _note_run(job, run)


def _note_run(job: Job, run: Run) -> None:
    Attempt.objects.update_or_create(
        job=job,
        number=run.restart_count,
        defaults={
            "node": storable(run.node)[:255],
            "slurm_state": run.slurm_state[:32],
            "started_at": run.started_at,
            "ended_at": run.ended_at,
            "exit_code": run.exit_code,
            "core_seconds": run.core_seconds,
        },
    )


def _lives(job: Job, seen: Observation) -> None:
    if seen.phase in (Phase.WAITING, Phase.HELD):
        if job.state == State.RUNNING:
            _end_attempt(job, seen.restart_count - 1, "REQUEUED")
            job.move_to(State.PENDING, PREEMPTED)
        return
    if _restarted_unseen(job, seen):
        # Preempted and started again between two looks: the timeline shows both moves.
        _end_attempt(job, seen.restart_count - 1, "REQUEUED")
        job.move_to(State.PENDING, PREEMPTED)
    if job.state == State.PENDING:
        job.move_to(State.RUNNING, f"Running on {seen.node}." if seen.node else "Running.")
    if seen.phase == Phase.RUNNING:
        Attempt.objects.get_or_create(
            job=job,
            number=seen.restart_count,
            defaults={"node": seen.node, "started_at": timezone.now()},
        )


def _restarted_unseen(job: Job, seen: Observation) -> bool:
    if job.state != State.RUNNING or seen.phase != Phase.RUNNING:
        return False
    newest = job.attempts.aggregate(newest=Max("number"))["newest"]
    return newest is not None and seen.restart_count > newest


def _end_attempt(job: Job, number: int, slurm_state: str, exit_code: int | None = None) -> None:
    """Close the attempt's row, unless accounting has told us of its end already."""
    attempt = job.attempts.filter(number=number, ended_at=None).first()
    if attempt is None:
        return
    attempt.ended_at = timezone.now()
    attempt.slurm_state, attempt.exit_code = slurm_state[:32], exit_code
    if attempt.started_at:
        seconds = (attempt.ended_at - attempt.started_at).total_seconds()
        attempt.core_seconds = round(seconds * job.frozen.cpus)
    attempt.save()


def _ended_well(job: Job, seen: Observation, store: Store) -> None:
    if find_manifest(job, store) is None:
        _unproved(job, store, "Slurm says COMPLETED, but the result is not all stored.")
        return
    _end_attempt(job, max(job.restart_count, seen.restart_count), "COMPLETED", 0)
    _complete(job, "The run ended and its result is stored.")


def _complete(job: Job, reason: str) -> None:
    if job.state == State.PENDING:  # it ran and ended between two looks
        job.move_to(State.RUNNING, "Running.")
    job.move_to(State.COMPLETED, reason, unseen_since=None)


def _failed(job: Job, seen: Observation, cluster: Cluster) -> None:
    message = _end_message(job, seen, cluster) or _slurm_message(job, seen)
    log_tail = cluster.read_file(job.key, "log.txt", max_bytes=MAX_LOG_BYTES)
    _end_attempt(job, seen.restart_count, seen.slurm_state or "FAILED", seen.exit_code)
    job.move_to(State.FAILED, message, log_tail=storable(log_tail.decode(errors="replace")))


def _end_message(job: Job, seen: Observation, cluster: Cluster) -> str:
    """What the run itself wrote at its end; empty where it was killed before it could."""
    name = f"end.{seen.restart_count}.json"
    try:
        end = json.loads(cluster.read_file(job.key, name, max_bytes=MAX_END_FILE_BYTES))
        # How research code refuses an input in words (docs/for-pis.md); strangers read no Python.
        return storable(str(end["message"])).removeprefix("ValueError: ")[:1000]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""


def _slurm_message(job: Job, seen: Observation) -> str:
    limits = job.frozen
    known = {
        "TIMEOUT": f"It ran longer than its time limit of {limits.time_limit_min} minutes.",
        "DEADLINE": "The cluster's deadline for it passed.",
        "OUT_OF_MEMORY": f"It needed more than its {limits.memory_mb} MB of memory.",
    }
    if seen.slurm_state in known:
        return known[seen.slurm_state]
    code = "" if seen.exit_code is None else f" (exit code {seen.exit_code})"
    return f"The cluster ended it as {seen.slurm_state}{code}."


def _unproved(job: Job, store: Store, what: str) -> None:
    """Look again, for a while; a job of which nothing is to be found at last has failed."""
    now = timezone.now()
    if job.unseen_since is None:
        job.save_fields(unseen_since=now, waiting_for=what)
    elif now - job.unseen_since > GRACE:
        if find_manifest(job, store) is not None:
            _complete(job, "Its result is stored, all of it.")
        else:
            job.move_to(State.FAILED, f"The job was lost. {what}")


def _sign_again(job: Job, store: Store, cluster: Cluster) -> None:
    """Renew the node's signed URLs long before they end, and for attempts to come."""
    if job.state not in (State.PENDING, State.RUNNING):
        return
    now = timezone.now()
    if job.signed_until and job.signed_until - now > SIGN_AGAIN_BEFORE:
        return
    cluster.put_file(job.key, "job.json", job_json(job, store))
    job.save_fields(signed_until=now + timedelta(seconds=SIGNED_FOR_S))

"""track: one look at a cluster for all its jobs; what Slurm says becomes moves.

Success is only this: Slurm says COMPLETED, the manifest is in the store, and every object that it
names is there with its size. Absence is no news; an error changes no state.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from backends.base import BackendError, Cluster, Observation, Phase, Run, Store
from jobs.jobfile import SIGNED_FOR_S, job_json
from jobs.manifest import find_manifest
from jobs.models import Attempt, Job, LostRace
from jobs.states import State

# How long the end of a run may stay unproved before the job counts as lost.
GRACE = timedelta(minutes=5)
SIGN_AGAIN_BEFORE = timedelta(days=3)
MAX_END_FILE_BYTES = 10_000
MAX_LOG_BYTES = 4_000
PREEMPTED = "Paused: a more urgent job needed the computer. It goes on by itself."


def track(jobs: Sequence[Job], *, store: Store, cluster: Cluster) -> None:
    """Observe all the jobs at once, then move each one on by itself.

    `BackendError` if the cluster could not be asked; a job that was moved meanwhile is left alone.
    """
    seen = cluster.observe([job.ref for job in jobs])
    for job in jobs:
        try:
            follow(job, seen.get(job.key, Observation(Phase.UNKNOWN)), store, cluster)
        except LostRace:
            continue
        except BackendError as error:
            if not error.transient:
                job.move_to(State.FAILED, error.message)


def follow(job: Job, seen: Observation, store: Store, cluster: Cluster) -> None:
    """Bring one job's row to what was seen of it."""
    if seen.phase == Phase.UNKNOWN:
        return
    _note(job, seen)
    if seen.phase in (Phase.WAITING, Phase.HELD):
        _waits(job, seen)
    elif seen.phase in (Phase.RUNNING, Phase.SUSPENDED, Phase.ENDING):
        _runs(job, seen)
    elif seen.phase == Phase.COMPLETED:
        _ended_well(job, seen, store)
    elif seen.phase == Phase.FAILED:
        _failed(job, seen, cluster)
    elif seen.phase == Phase.CANCELLED:
        job.move_to(State.FAILED, "The cluster's operators cancelled the job.")
    else:
        _unproved(job, seen, store, f"The cluster shows it as {seen.slurm_state or 'not there'}.")
    _sign_again(job, store, cluster)


def _note(job: Job, seen: Observation) -> None:
    changes = {
        "slurm_state": seen.slurm_state[:32],
        "slurm_reason": seen.reason[:120],
        "restart_count": max(job.restart_count, seen.restart_count),
    }
    if any(getattr(job, name) != value for name, value in changes.items()):
        if changes["restart_count"] != job.restart_count:
            changes["signed_until"] = timezone.now()  # the next attempts need URLs of their own
        job.save_fields(**changes)
    for run in seen.runs:
        _note_run(job, run)
    if seen.phase == Phase.RUNNING:
        Attempt.objects.get_or_create(
            job=job,
            number=seen.restart_count,
            defaults={"node": seen.node, "started_at": timezone.now()},
        )


def _note_run(job: Job, run: Run) -> None:
    Attempt.objects.update_or_create(
        job=job,
        number=run.restart_count,
        defaults={
            "node": run.node,
            "slurm_state": run.slurm_state,
            "started_at": run.started_at,
            "ended_at": run.ended_at,
            "exit_code": run.exit_code,
            "core_seconds": run.core_seconds,
        },
    )


def _waits(job: Job, seen: Observation) -> None:
    if job.state == State.RUNNING:
        _end_attempt(job, seen.restart_count - 1)
        job.move_to(State.PENDING, PREEMPTED, unseen_since=None)


def _end_attempt(job: Job, number: int) -> None:
    job.attempts.filter(number=max(0, number), ended_at=None).update(
        ended_at=timezone.now(), slurm_state="REQUEUED"
    )


def _runs(job: Job, seen: Observation) -> None:
    on = f" on {seen.node}" if seen.node else ""
    if job.state == State.PENDING:
        job.move_to(State.RUNNING, f"Running{on}.", unseen_since=None)
    elif _restarted_unseen(job, seen):
        # Preempted and started again between two looks: the timeline shows both moves.
        _end_attempt(job, seen.restart_count - 1)
        job.move_to(State.PENDING, PREEMPTED, unseen_since=None)
        job.move_to(State.RUNNING, f"Running{on} again.")


def _restarted_unseen(job: Job, seen: Observation) -> bool:
    shown = job.transitions.filter(old=State.RUNNING, new=State.PENDING).count()
    return seen.phase == Phase.RUNNING and seen.restart_count > shown


def _ended_well(job: Job, seen: Observation, store: Store) -> None:
    if find_manifest(job, store) is None:
        _unproved(job, seen, store, "Slurm says COMPLETED, but the result is not all stored.")
        return
    _end_attempt(job, seen.restart_count)
    _runs_first(job)
    job.move_to(State.COMPLETED, "The run ended and its result is stored.", unseen_since=None)


def _runs_first(job: Job) -> None:
    if job.state == State.PENDING:  # it ran and ended between two looks
        job.move_to(State.RUNNING, "Running.")


def _failed(job: Job, seen: Observation, cluster: Cluster) -> None:
    message = _end_message(job, seen, cluster) or _slurm_message(job, seen)
    log = cluster.read_file(job.key, "log.txt", max_bytes=MAX_LOG_BYTES)
    _end_attempt(job, seen.restart_count)
    # PostgreSQL stores no NUL; what research code prints may hold anything.
    text = log.decode(errors="replace").replace("\0", "\ufffd")
    job.move_to(State.FAILED, message, log_tail=text)


def _end_message(job: Job, seen: Observation, cluster: Cluster) -> str:
    """What the run itself wrote at its end; empty where it was killed before it could."""
    name = f"end.{max(job.restart_count, seen.restart_count)}.json"
    try:
        end = json.loads(cluster.read_file(job.key, name, max_bytes=MAX_END_FILE_BYTES) or b"{}")
        return str(end.get("message", ""))[:1000]
    except ValueError:
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


def _unproved(job: Job, seen: Observation, store: Store, what: str) -> None:
    """Look again, for a while; a job of which nothing is to be found at last has failed."""
    now = timezone.now()
    if job.unseen_since is None:
        job.save_fields(unseen_since=now, waiting_for=what)
    elif now - job.unseen_since > GRACE:
        if seen.phase == Phase.GONE and find_manifest(job, store) is not None:
            _runs_first(job)
            job.move_to(State.COMPLETED, "Its result is stored, all of it.", unseen_since=None)
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

"""follow: what one look at a cluster showed of one job becomes moves of its row.

Success is only this: Slurm says COMPLETED, the manifest is in the store, and every object that it
names is there with its size; after split() and the parts, that what they have to leave is in the
kept directory. Absence is no news; an error changes no state.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from backends.base import Cluster, Observation, Phase, Store
from backends.jobdir import end_name, log_name, newest_name
from jobs import reasons
from jobs.following.news import ALIVE, STATE_OF, shown, signs_soon
from jobs.following.outcome import LOSSES_AT_MOST, Outcome, conclude, outcome_of
from jobs.jobfile import SIGNED_FOR_S, job_json
from jobs.manifest import storable
from jobs.models import Job, Stage
from jobs.stages import PROVED_ON_CLUSTER, go_on, is_proved
from jobs.starts import attempts
from jobs.starts.fruitless import keep_hold
from jobs.starts.pauses import why_paused
from jobs.states import State

NOT_STARTED = "launch_failed_requeued_held"
# How long a shared file system may hide a file from the login node.
FILES_SETTLE = timedelta(seconds=20)
MAX_END_FILE_BYTES = 10_000
MAX_LOG_BYTES = 4_000
DONE = "The run ended and its result is stored."
STORED = "Its result is stored, all of it."
# What is said while Slurm says COMPLETED and the proof of it is not there.
UNPROVED = {
    Stage.RUN: reasons.NOT_ALL_STORED,
    Stage.SPLIT: reasons.NO_PARTS_LISTED,
    Stage.PARTS: reasons.NOT_ALL_PARTS,
    Stage.MERGE: reasons.NOT_ALL_STORED,
}


def follow(job: Job, seen: Observation, store: Store, cluster: Cluster) -> None:
    """Bring one job's row to what was seen of it."""
    if seen.phase == Phase.UNKNOWN:
        return
    has_restarted = _note_restart(job, seen)
    is_done = seen.ended_tasks > 0 and is_proved(job, store, cluster)
    if is_done or (has_restarted and _goes_on_as_before(job, seen)) or seen.phase not in ALIVE:
        attempts.note_tasks(job, cluster)
    attempts.note_runs(job, seen.runs)
    if is_done:  # an array, some of whose workers may not have ended yet
        attempts.note_end(job, seen.restart_count, "CANCELLED")
        _complete(job, cluster, DONE)
    elif seen.phase in ALIVE:
        _waits_or_runs(job, seen, store, cluster)
    else:
        _has_ended(job, seen, store, cluster)
    if job.state in (State.PENDING, State.RUNNING):
        _sign_again(job, store, cluster)
        _note_look(job, seen)


def _waits_or_runs(job: Job, seen: Observation, store: Store, cluster: Cluster) -> None:
    if seen.phase == Phase.HELD and _plain(seen.reason) == NOT_STARTED:
        _not_started(job, store, cluster)
    else:
        _lives(job, seen, cluster)
        keep_hold(job, seen, cluster)


def _has_ended(job: Job, seen: Observation, store: Store, cluster: Cluster) -> None:
    if seen.phase == Phase.COMPLETED:
        _ended_well(job, seen, store, cluster)
    elif _is_done_after_all(job, seen, store, cluster):
        attempts.note_end(job, job.restart_count, seen.slurm_state, seen.exit_code)
        _complete(job, cluster, STORED)
    elif seen.phase == Phase.FAILED and _is_of_newest_start(job, seen):
        _failed(job, seen, cluster)
    elif seen.phase == Phase.CANCELLED:
        job.move_to(State.FAILED, reasons.OPERATORS_CANCELLED)
    else:
        what = reasons.SHOWN_AS % {"state": seen.slurm_state or "not there"}
        _unproved(job, store, cluster, what)


def _note_restart(job: Job, seen: Observation) -> bool:
    """Whether it was interrupted since the last look."""
    if seen.restart_count <= job.restart_count:
        return False
    # The next attempts need URLs of their own; the workers of an array need none.
    renewed = {} if job.tasks else {"signed_until": timezone.now()}
    job.save_fields(restart_count=seen.restart_count, **renewed)
    return True


def _goes_on_as_before(job: Job, seen: Observation) -> bool:
    """It stands where it stood: what began and was interrupted since the last look, nobody saw."""
    is_same = STATE_OF.get(seen.phase) == job.state
    return is_same and (job.state == State.PENDING or job.stage == Stage.PARTS)


def _is_of_newest_start(job: Job, seen: Observation) -> bool:
    """Of an array's tasks each has starts of its own, and one that failed is what counts."""
    return seen.task is not None or seen.restart_count >= job.restart_count


def _note_look(job: Job, seen: Observation) -> None:
    """Last of all: a look that broke off before is news again."""
    changes = shown(seen)._asdict()
    if seen.phase in ALIVE:  # what was in doubt, or did not answer, is seen again
        changes |= {"unseen_since": None, "waiting_for": ""}
    if any(getattr(job, name) != value for name, value in changes.items()):
        job.save_fields(**changes)


def _lives(job: Job, seen: Observation, cluster: Cluster) -> None:
    if STATE_OF[seen.phase] == State.PENDING:
        if job.state == State.RUNNING:
            _paused(job, seen, cluster)
        return
    if _restarted_unseen(job, seen):
        # Preempted and started again between two looks: the timeline shows both moves.
        _paused(job, seen, cluster)
    if job.state == State.PENDING:
        why = reasons.RUNNING_ON % {"node": seen.node} if seen.node else reasons.RUNNING
        job.move_to(State.RUNNING, why)
    if seen.phase == Phase.RUNNING:
        attempts.note_start(job, seen)


def _plain(reason: str) -> str:
    return reason.strip().replace(" ", "_")


def _not_started(job: Job, store: Store, cluster: Cluster) -> None:
    """slurmctld gave a start up and holds the job; without a person it would stay so for ever.

    It is ended first, so that nobody releases it once it is given up.

    Seen after a crash of slurmctld, also of a job that had ended before it.
    """
    if is_proved(job, store, cluster):
        _complete(job, cluster, STORED)
    else:
        cluster.cancel(job.ref)
        attempts.note_end(job, job.restart_count, "LAUNCH_FAILED")
        conclude(job, Outcome(reasons.NOT_STARTED, LOSSES_AT_MOST))


def _paused(job: Job, seen: Observation, cluster: Cluster) -> None:
    kept = attempts.note_tasks(job, cluster)
    attempts.note_end(job, seen.restart_count - 1, attempts.INTERRUPTED)
    job.move_to(State.PENDING, why_paused(kept))


def _restarted_unseen(job: Job, seen: Observation) -> bool:
    if job.state != State.RUNNING or seen.phase != Phase.RUNNING or job.stage == Stage.PARTS:
        return False  # of an array, tasks come and go while it runs
    newest = attempts.newest_start(job)
    return newest is not None and seen.restart_count > newest


def _ended_well(job: Job, seen: Observation, store: Store, cluster: Cluster) -> None:
    if not is_proved(job, store, cluster):
        _unproved(job, store, cluster, UNPROVED[Stage(job.stage)])
        return
    number = max(job.restart_count, seen.restart_count)
    attempts.note_end(job, number, "COMPLETED", 0)
    _complete(job, cluster, DONE)


def _complete(job: Job, cluster: Cluster, reason: str) -> None:
    """What its stage is for is done; after the last of them so is the job."""
    if job.state == State.PENDING:  # it ran and ended between two looks
        job.move_to(State.RUNNING, reasons.RUNNING)
    if job.stage in PROVED_ON_CLUSTER:
        go_on(job, cluster)
    else:
        job.move_to(State.COMPLETED, reason, unseen_since=None)


def _is_done_after_all(job: Job, seen: Observation, store: Store, cluster: Cluster) -> bool:
    """Whether Slurm's bad word comes too late: all was there before.

    A slurmctld that was away for longer than the time limit says TIMEOUT of runs that ended well.
    """
    is_end = seen.phase in (Phase.FAILED, Phase.CANCELLED)
    return is_end and is_proved(job, store, cluster)


def _failed(job: Job, seen: Observation, cluster: Cluster) -> None:
    end = end_name(seen.restart_count, seen.task)
    end_file = cluster.read_file(job.key, end, max_bytes=MAX_END_FILE_BYTES)
    if not end_file and _in_doubt_for(job, "Slurm says that it failed.") < FILES_SETTLE:
        return
    log_tail = cluster.read_file(job.key, log_name(seen.task), max_bytes=MAX_LOG_BYTES)
    state = seen.slurm_state or "FAILED"
    attempts.note_end(job, seen.restart_count, state, seen.exit_code, task=seen.task)
    has_begun = _has_begun(job, seen, cluster)
    outcome = outcome_of(seen, end_file, job.frozen, has_begun=has_begun)
    if seen.task is not None:  # the other tasks need not go on
        cluster.cancel(job.ref)
        attempts.note_end(job, seen.restart_count, "CANCELLED")
    conclude(job, outcome, log_tail=storable(log_tail.decode(errors="replace")))


def _has_begun(job: Job, seen: Observation, cluster: Cluster) -> bool:
    """Whether the node's program was started for this attempt: it says so before all else."""
    newest = cluster.read_file(job.key, newest_name(seen.task), max_bytes=20)
    number = newest.decode(errors="replace").strip()
    return number.isdecimal() and int(number) >= seen.restart_count


def _in_doubt_for(job: Job, what: str) -> timedelta:
    """How long the end of the run has not been proved; from now on, if it was not in doubt."""
    if job.unseen_since is None:
        job.save_fields(unseen_since=timezone.now(), waiting_for=what)
        return timedelta(0)
    return timezone.now() - job.unseen_since


def _unproved(job: Job, store: Store, cluster: Cluster, what: str) -> None:
    """Look again, for a while; a job of which nothing is to be found at last is lost."""
    is_lost = _in_doubt_for(job, what) > timedelta(seconds=settings.LOST_AFTER_S)
    if not is_lost and job.stage not in PROVED_ON_CLUSTER:
        return
    if is_proved(job, store, cluster):
        _complete(job, cluster, STORED)
    elif is_lost:
        attempts.note_end(job, job.restart_count, "LOST")
        conclude(job, Outcome(f"{reasons.LOST} {what}", LOSSES_AT_MOST))


def _sign_again(job: Job, store: Store, cluster: Cluster) -> None:
    """Renew the node's signed URLs long before they end, and for attempts to come."""
    now = timezone.now()
    if not signs_soon(job.signed_until, now):
        return
    cluster.put_file(job.key, "job.json", job_json(job, store))
    job.save_fields(signed_until=now + timedelta(seconds=SIGNED_FOR_S))

"""The rows of a job's attempts: each start of its Slurm job."""

from __future__ import annotations

from django.db.models import Max
from django.utils import timezone

from backends.base import Observation, Run
from jobs.manifest import storable
from jobs.models import Attempt, Job


def note_start(job: Job, seen: Observation) -> None:
    """It runs: there is a row for this start."""
    Attempt.objects.get_or_create(
        job=job,
        submission=job.submission,
        number=seen.restart_count,
        defaults={"node": seen.node, "started_at": timezone.now()},
    )


def note_run(job: Job, run: Run) -> None:
    """What accounting, or the run's own end file, tells of it; better than what we saw."""
    Attempt.objects.update_or_create(
        job=job,
        submission=job.submission,
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


def note_end(job: Job, number: int, slurm_state: str, exit_code: int | None = None) -> None:
    """Close the row of this start, unless accounting has told us of its end already."""
    attempt = job.attempts.filter(submission=job.submission, number=number, ended_at=None).first()
    if attempt is None:
        return
    attempt.ended_at = timezone.now()
    attempt.slurm_state, attempt.exit_code = slurm_state[:32], exit_code
    if attempt.started_at:
        seconds = (attempt.ended_at - attempt.started_at).total_seconds()
        attempt.core_seconds = round(seconds * job.frozen.cpus)
    attempt.save()


def newest_start(job: Job) -> int | None:
    """The number of the newest start that we know; None before the first."""
    mine = job.attempts.filter(submission=job.submission)
    newest: int | None = mine.aggregate(newest=Max("number"))["newest"]
    return newest

"""Run inside the site's Django: which Slurm jobs a job had, and what became of it."""

from __future__ import annotations

from typing import Any

from jobs.models import Job


def outcomes() -> dict[str, dict[str, Any]]:
    """Of each job, by its address: its state, its Slurm jobs' names, its result's SHA-256."""
    return {job.email: _outcome(job) for job in Job.objects.all()}


def _outcome(job: Job) -> dict[str, Any]:
    moves = {move.new: move.at.isoformat() for move in job.transitions.all()}
    return {
        "state": job.state,
        "reason": job.reason,
        "slurm_names": [*job.earlier_keys, job.key],
        "results": [result.sha256 for result in job.results.all()],
        "accepted_at": moves.get("clean"),
        "completed_at": moves.get("completed"),
    }

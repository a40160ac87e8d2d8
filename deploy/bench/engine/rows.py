"""Run inside the site's Django: when what happened, as its rows tell."""

from __future__ import annotations

from typing import Any

from jobs.models import Job, Letter


def timelines() -> list[dict[str, Any]]:
    """Of each job: address, Slurm id, state, its moves by state, when its last letter left."""
    return [_timeline(job) for job in Job.objects.prefetch_related("transitions")]


def _timeline(job: Job) -> dict[str, Any]:
    letter = Letter.objects.filter(transition__job=job, kind=Letter.Kind.DELIVERED).first()
    return {
        "email": job.email,
        "slurm_id": job.slurm_id,
        "state": job.state,
        "moves": {move.new: move.at.isoformat() for move in job.transitions.all()},
        "sent_at": letter.sent_at.isoformat() if letter and letter.sent_at else None,
    }

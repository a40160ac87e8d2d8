"""The rows of rehearsals: how one goes on and ends, and what is kept to rehearse with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs.models import Job, Rehearsal
from jobs.new_job import new_job
from jobs.queue import ring
from jobs.states import ENDS, State
from pipelines.models import Pipeline
from uploads.models import Upload


class UnderWay(Exception):
    """The pipeline has an open rehearsal."""


class NoTestInput(Exception):
    """There is nothing to rehearse, or nothing to rehearse it with."""


def second_job(first: Job, interruptions: Sequence[float]) -> Job:
    """The same once more, each start killed after so many seconds; on its way to the cluster."""
    job = new_job(
        first.pipeline,
        first.upload,
        email=first.email,
        code=first.code,
        cluster=first.cluster,
        settings=first.settings,
        rehearsal=first.rehearsal,
        interruptions=list(interruptions),
        **as_accepted(first),
    )
    ring("submit", str(job.pk))
    return job


def as_accepted(like: Job) -> dict[str, Any]:
    """Files that were let pass are not looked at again: the node compares their SHA-256."""
    return {
        "state": State.CLEAN,
        "accepted_at": like.accepted_at,
        "language": like.language,
        "due_at": timezone.now(),
        "is_quiet": True,
    }


def end(rehearsal: Rehearsal, outcome: Rehearsal.Outcome, text: str) -> bool:
    """Close it with its figures as they are; False if somebody else was quicker."""
    mine = Rehearsal.objects.filter(pk=rehearsal.pk, outcome=Rehearsal.Outcome.OPEN)
    rehearsal.outcome, rehearsal.text, rehearsal.ended_at = outcome, text, timezone.now()
    closed = {"outcome": outcome, "text": text, "ended_at": rehearsal.ended_at}
    return bool(mine.update(**closed, figures=rehearsal.figures))


def open_one(pipeline: Pipeline) -> Rehearsal | None:
    """The rehearsal that is under way."""
    return pipeline.rehearsals.filter(outcome=Rehearsal.Outcome.OPEN).first()


def kept_input_of(pipeline: Pipeline) -> Job | None:
    """The job with which the pipeline's test input came and was accepted; None without one."""
    kept = Job.objects.filter(
        pipeline=pipeline,
        rehearsal__keeps_input=True,
        accepted_at__isnull=False,
        upload__let_go_at=None,
    )
    return kept.select_related("upload").order_by("-created_at").first()


def drop_input(pipeline: Pipeline, *, but: Upload | None = None) -> None:
    """Let the pipeline's test inputs go, all but this one; `expire` deletes them soon.

    `UnderWay` if one is in use.
    """
    dropped = pipeline.rehearsals.filter(keeps_input=True)
    if but:
        dropped = dropped.exclude(upload=but)
    with transaction.atomic():
        if dropped.filter(outcome=Rehearsal.Outcome.OPEN).exists():
            raise UnderWay
        uploads = list(dropped.values_list("upload", flat=True))
        dropped.update(keeps_input=False)
        jobs = Job.objects.filter(upload__in=uploads, state__in=ENDS, inputs_deleted_at=None)
        jobs.update(due_at=timezone.now(), rung_at=None)

"""What a PI does about rehearsals: she comes to the page, begins one, repeats it, stops it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jobs import reasons
from jobs.deletion import inputs
from jobs.models import Job, Rehearsal
from jobs.new_job import ClusterIsGone, new_job
from jobs.queue import ring
from jobs.rehearsal.rows import NoTestInput, UnderWay, as_accepted, end, kept_input_of, open_one
from jobs.states import ENDS, State
from jobs.steps.decide import TooLate, decide
from jobs.steps.receive import announced_before
from pipelines.models import Pipeline
from pipelines.scope import may_change
from uploads.models import Upload
from uploads.rules import DeclaredFile

SALT = "jobs.rehearsals"
PASS_GOOD_FOR = timedelta(days=1)


def pass_for(pipeline: Pipeline, user: User) -> str:
    """What lets this person send a test input on this pipeline's page, for a day."""
    return signing.dumps([pipeline.pk, user.pk], salt=SALT)


def holder_of(token: str, pipeline: Pipeline) -> User | None:
    """Whose pass it is; None if it is another page's, too old, or she may no longer do that."""
    try:
        pipeline_pk, user_pk = signing.loads(token, salt=SALT, max_age=PASS_GOOD_FOR)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=user_pk).first()
    is_hers = user is not None and pipeline_pk == pipeline.pk and may_change(user, pipeline)
    return user if is_hers else None


def begin(
    pipeline: Pipeline, user: User, email: str, files: Sequence[DeclaredFile], name: UUID | None
) -> Job:
    """A rehearsal of the newest code on files that are about to come; its first job, `uploading`.

    Announced twice it is one. A test input that has not all arrived gives way to this one;
    `UnderWay` if a rehearsal is further than that, `ClusterIsGone` if it has nowhere to run.
    """
    if job := announced_before(name, pipeline, email, files):
        return job
    before = open_one(pipeline)
    if before and before.jobs.filter(state=State.UPLOADING).exists():
        stop(before, user)
    try:
        with transaction.atomic():
            upload = Upload.objects.declare(files)
            return _first_job(pipeline, user, upload, email=email, announcement=name)
    except IntegrityError as error:
        if job := announced_before(name, pipeline, email, files):
            return job
        raise UnderWay from error


def repeat(pipeline: Pipeline, user: User) -> Job:
    """A rehearsal of the newest code on the test input that is there; its first job, accepted.

    `UnderWay` if there is an open one, `NoTestInput` if there is nothing to rehearse with,
    `ClusterIsGone` if it has nowhere to run.
    """
    like = kept_input_of(pipeline)
    if like is None:
        raise NoTestInput
    email = user.email or like.email
    try:
        with transaction.atomic():
            inputs.hold(like.upload_id)
            job = _first_job(pipeline, user, like.upload, email=email, **as_accepted(like))
            ring("submit", str(job.pk))
            return job
    except inputs.Gone as error:
        raise NoTestInput from error
    except IntegrityError as error:
        raise UnderWay from error


def _first_job(pipeline: Pipeline, user: User, upload: Upload, **fields: Any) -> Job:
    code = pipeline.newest
    if code is None:
        raise NoTestInput
    rehearsal = Rehearsal.objects.create(
        pipeline=pipeline, code=code, cluster=pipeline.cluster, upload=upload, started_by=user
    )
    # Who has an account needs no letter to confirm her address.
    settings = replace(pipeline.frozen(), confirm_email=False).as_json()
    return new_job(pipeline, upload, code=code, rehearsal=rehearsal, settings=settings, **fields)


def cluster_is_gone(error: ClusterIsGone) -> str:
    """What a PI does about it."""
    text = _(
        "%(cluster)s is gone for good. Choose another cluster for this page and save it; then "
        "rehearse."
    )
    return text % {"cluster": error}


def stop(rehearsal: Rehearsal, user: User) -> None:
    """End it by a person's word, with the jobs that still run for it; she needs no letter."""
    with transaction.atomic():
        if not end(rehearsal, Rehearsal.Outcome.FAILED, reasons.REHEARSAL_STOPPED):
            return
        for job in rehearsal.jobs.exclude(state__in=ENDS):
            with suppress(TooLate):
                actor = user.get_username()
                decide(job, State.CANCELLED, reasons.REHEARSAL_STOPPED, actor=actor)

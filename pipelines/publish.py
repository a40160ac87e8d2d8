"""A new version of a pipeline's code: stored, then served, at once or when it was rehearsed."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from pipelines.code import Code
from pipelines.models import CodeVersion, Pipeline


def publish_code(
    pipeline: Pipeline, code: Code, *, file_name: str, user: User | None = None
) -> CodeVersion:
    """Store the file as the next version and point the pipeline to it, rehearsed or not."""
    with transaction.atomic():
        version = _stored(pipeline, code, file_name, user)
        _serve(pipeline, version)
        return version


def propose_code(
    pipeline: Pipeline, code: Code, *, file_name: str, user: User | None = None
) -> CodeVersion:
    """The same by way of the admin: on an open pipeline a version that was not rehearsed waits.

    It is the pipeline's candidate then, and the version before it goes on serving.
    """
    with transaction.atomic():
        version = _stored(pipeline, code, file_name, user)
        if version.may_serve or version.pk == pipeline.code_id or not pipeline.is_open:
            _serve(pipeline, version)
        else:
            pipeline.candidate = version
            pipeline.save(update_fields=["candidate"])
        return version


def _stored(pipeline: Pipeline, code: Code, file_name: str, user: User | None) -> CodeVersion:
    """The row of this text: one from before keeps its certificate."""
    if known := pipeline.versions.filter(sha256=code.sha256).first():
        return known
    last = pipeline.versions.aggregate(last=Max("number"))["last"] or 0
    return CodeVersion.objects.create(
        pipeline=pipeline,
        number=last + 1,
        file_name=file_name[:255],
        source=code.source,
        sha256=code.sha256,
        docstring=code.docstring,
        created_by=user,
    )


def _serve(pipeline: Pipeline, version: CodeVersion) -> None:
    pipeline.code, pipeline.candidate = version, None
    pipeline.save(update_fields=["code", "candidate"])


def certify(version: CodeVersion) -> None:
    """A rehearsal of it passed: it may serve, and does at once where it was waited for."""
    now = timezone.now()
    with transaction.atomic():
        CodeVersion.objects.filter(pk=version.pk).update(certified_at=now)
        _promote(version)
    version.certified_at = now


def waive(version: CodeVersion, reason: str, user: User | None = None) -> None:
    """Let it serve without a rehearsal, for a reason that is kept with who said it, and when."""
    if version.may_serve:
        return
    version.waived_at, version.waived_by, version.waiver = timezone.now(), user, reason
    with transaction.atomic():
        version.save(update_fields=["waived_at", "waived_by", "waiver"])
        _promote(version)


def _promote(version: CodeVersion) -> None:
    """Only if it is still the newest: another file may have come since."""
    waited = Pipeline.objects.filter(pk=version.pipeline_id, candidate=version)
    waited.update(code=version, candidate=None)

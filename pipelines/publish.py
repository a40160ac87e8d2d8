"""A new version of a pipeline's code becomes the current one."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from pipelines.code import Code
from pipelines.models import CodeVersion, Pipeline


def publish_code(
    pipeline: Pipeline, code: Code, *, file_name: str, user: User | None = None
) -> CodeVersion:
    """Store the file as the next version and point the pipeline to it.

    The same text again is the version that is there already.
    """
    with transaction.atomic():
        if pipeline.code and pipeline.code.sha256 == code.sha256:
            return pipeline.code
        last = pipeline.versions.aggregate(last=Max("number"))["last"] or 0
        version = CodeVersion.objects.create(
            pipeline=pipeline,
            number=last + 1,
            file_name=file_name[:255],
            source=code.source,
            sha256=code.sha256,
            docstring=code.docstring,
            created_by=user,
        )
        pipeline.code = version
        pipeline.save(update_fields=["code"])
        return version

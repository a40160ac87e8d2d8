"""The row of a new job, for a collaborator or for a rehearsal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language

from jobs import links
from jobs.models import Job
from pipelines.models import Cluster, Pipeline
from uploads.models import Upload


class ClusterIsGone(Exception):
    """Jobs of this pipeline would go to a cluster that is gone for good; its name."""


def new_job(pipeline: Pipeline, upload: Upload, email: str, **fields: Any) -> Job:
    """The row of a new job; for a rehearsal, `fields` say more of it than for a collaborator.

    `ClusterIsGone`; no cluster is given up before the caller's transaction ends.
    """
    cluster: Cluster = fields.get("cluster", pipeline.cluster)
    if Cluster.objects.select_for_update(no_key=True).get(pk=cluster.pk).gone_at:
        raise ClusterIsGone(cluster.name)
    nonce = links.new_nonce()
    usual = {
        "language": _language(),
        "due_at": timezone.now() + timedelta(days=settings.ABANDONED_UPLOAD_DAYS),
        "settings": pipeline.frozen().as_json(),
        "cluster": cluster,
    }
    return Job.objects.create(
        pipeline=pipeline,
        upload=upload,
        email=email.lower(),
        status_nonce=nonce,
        status_sha256=links.sha256_of(links.token_for(nonce)),
        **usual | fields,
    )


def _language() -> str:
    """The language of the page, or of the program, that announces."""
    spoken = get_language()
    return spoken if spoken in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

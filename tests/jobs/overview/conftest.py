"""Ada's pipeline for the files of the scenes, and people who look at what became of its jobs."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from pipelines.models import Pipeline
from uploads.models import Quota


@pytest.fixture
def pipeline(pipeline: Pipeline) -> Pipeline:
    """For the files of the scenes, too, of which there are many here."""
    Quota.objects.update(max_mb=100_000_000)
    pipeline.patterns, pipeline.accept_empty_files = "", True
    pipeline.max_file_mb = pipeline.max_total_mb = 100_000
    pipeline.save()
    return pipeline


@pytest.fixture
def other(pipeline: Pipeline) -> Pipeline:
    """Another one with the same settings, which is nobody's."""
    row = Pipeline.objects.get(pk=pipeline.pk)
    row.pk, row.slug, row.title = None, "other", "Other"
    row.save()
    return row


@pytest.fixture
def ada(ada: User) -> User:
    """With what docs/operations.md gives to PIs."""
    codes = ["view_job", "change_job", "view_pipeline", "change_pipeline"]
    ada.user_permissions.set(Permission.objects.filter(codename__in=codes))
    return User.objects.get(pk=ada.pk)


@pytest.fixture
def desk(client: Client, ada: User) -> Client:
    """Ada's browser, logged in."""
    client.force_login(ada)
    return client

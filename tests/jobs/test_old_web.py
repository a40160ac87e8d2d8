"""An upgrade migrates beside web processes of before: what these read and write is still there."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.db.migrations.loader import MigrationLoader

from jobs.models import MailEvent
from pipelines.models import Cluster

pytestmark = pytest.mark.django_db
# What the processes of before know.
BEFORE = [
    ("jobs", "0013_results_of_before_were_handed_over"),
    ("pipelines", "0008_kept_files_can_be_run_again"),
    ("uploads", "0005_uploads_go_before_their_bytes"),
]


@pytest.fixture(scope="module")
def old() -> Apps:
    """The models as they were, on the database as it is."""
    return MigrationLoader(None).project_state(BEFORE).apps


def test_they_read_every_table(old: Apps) -> None:
    for label, _migration in BEFORE:
        for model in old.get_app_config(label).get_models():
            list(model._default_manager.all())


def test_they_note_what_a_mail_service_tells(old: Apps) -> None:
    model: Any = old.get_model("jobs", "MailEvent")
    model.objects.create(event_id="5e", kind="bounced")
    assert MailEvent.objects.get().service_id == ""


def test_they_write_down_a_cluster(old: Apps) -> None:
    model: Any = old.get_model("pipelines", "Cluster")
    model.objects.create(name="far")
    cluster = Cluster.objects.get(name="far")
    assert (cluster.gone_at, cluster.gone_by, cluster.gone_why) == (None, "", "")


def test_what_they_do_not_know_may_be_left_out(old: Apps) -> None:
    for label, _migration in BEFORE:
        for model in old.get_app_config(label).get_models():
            known = {field.column for field in model._meta.local_fields}
            now = apps.get_model(label, model.__name__)._meta.local_fields
            for field in now:
                if field.column not in known:
                    assert field.null or field.has_db_default(), field

"""The database: up to date, guarded, fit for several processes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from jobs.doctor.database import checks
from jobs.doctor.diagnosis import Health
from jobs.models import Heartbeat
from pipelines.models import Pipeline
from tests.jobs.doctor.looking import answers, faults

pytestmark = pytest.mark.django_db
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="is about SQLite")


def test_a_database_that_is_migrated_is_well() -> None:
    found = answers(checks())
    assert {answer.health for answer in found.values()} == {Health.OK}
    assert list(found)[:3] == ["answers", "migrations", "guards"]


@pytest.mark.parametrize(
    ("owner", "support", "health"),
    [
        ({}, "", Health.OK),
        ({"email": ""}, "", Health.WARNING),
        ({"is_active": False}, "", Health.WARNING),
        ({"email": ""}, "help@uni.example", Health.OK),
    ],
)
def test_open_pages_with_nobody_to_tell_are_named(
    pipeline: Pipeline, settings: Any, owner: dict[str, Any], support: str, health: Health
) -> None:
    settings.SUPPORT_EMAIL = support
    pipeline.owners.update(**owner)
    found = answers(checks())["whom to tell of held jobs"]
    assert found.health is health
    assert (pipeline.title in found.what) == (health is Health.WARNING)
    Pipeline.objects.update(is_open=False)
    assert answers(checks())["whom to tell of held jobs"].health is Health.OK


def test_a_migration_that_is_missing_is_named() -> None:
    newest = MigrationLoader(connection).graph.leaf_nodes("jobs")[0]
    MigrationRecorder(connection).record_unapplied(*newest)
    found = answers(checks())
    assert faults(found) == ["migrations"]
    assert ".".join(newest) in found["migrations"].what
    assert "manage.py migrate" in found["migrations"].mend


def test_a_guard_that_is_missing_is_named() -> None:
    with connection.cursor() as cursor:
        table = " ON jobs_job" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER job_ends_are_final{table}")
    found = answers(checks())
    assert faults(found) == ["guards"]
    assert "job_ends_are_final" in found["guards"].what


@on_sqlite
def test_sqlite_is_for_one_host() -> None:
    for host in ("web1", "web2"):
        Heartbeat.beat(f"{host} watch")
    assert answers(checks())["SQLite"].health is Health.WARNING


@on_sqlite
def test_two_groups_on_one_host_are_one_host() -> None:
    for group in ("watch", "freeloader"):
        Heartbeat.beat(f"web1 {group}")
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1))
    assert answers(checks())["SQLite"].health is Health.OK


@on_sqlite
def test_transactions_that_begin_by_reading_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    assert faults(answers(checks())) == ["SQLite"]

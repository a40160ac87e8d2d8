"""Migrating a site with jobs at work: nothing closes, nothing is lost, and all goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from backends.memory import MemoryCluster, MemoryStore
from jobs.models import Attempt, Job, Stage
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs.steps.following import look, run_to_its_end

# Seconds: all tables are taken down and put up again.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.live, pytest.mark.postgres]
BEFORE = [("pipelines", "0004_pipelines_have_a_scan_policy")]
BEFORE += [("jobs", "0005_those_who_decide_get_a_letter")]
NEW_SETTINGS = ("disk_mb", "parts_at_once", "checkpoint_mb", "uses_dmtcp", "dmtcp_interval_s")


@pytest.fixture
def job_of_before(pending_job: Job, site: MemoryCluster) -> Iterator[Job]:
    """It runs, on an open page whose code nobody has rehearsed, in the database of before."""
    site.start(pending_job.key)
    settings = look(pending_job).settings
    for name in NEW_SETTINGS:
        del settings[name]
    Job.objects.update(settings=settings)
    try:
        MigrationExecutor(connection).migrate(BEFORE)
        yield pending_job
    finally:
        call_command("migrate", verbosity=0)


def test_jobs_at_work_go_on_and_open_pages_stay_open(
    job_of_before: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    call_command("migrate", verbosity=0)
    job = Job.objects.get(pk=job_of_before.pk)
    assert (job.state, job.stage, job.stage_since, job.tasks) == (State.RUNNING, Stage.RUN, 1, 0)
    assert Attempt.objects.get().begun_with == {}
    pipeline = Pipeline.objects.get()
    assert pipeline.is_open
    assert pipeline.code
    assert not pipeline.code.may_serve
    run_to_its_end(job, site, store)
    assert look(job).state == State.COMPLETED

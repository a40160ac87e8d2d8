"""A rehearsal on a real Slurm: its second run is killed, requeued and started three times."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from backends.memory import MemoryStore
from backends.memory.scanner import MemoryScanner
from jobs.models import Job
from pipelines.code import read_code
from pipelines.models import Cluster, Pipeline
from pipelines.publish import publish_code
from tests.backends.cluster_beds import SlurmBed
from tests.jobs.rehearsal.acting import as_pi, rehearsed_for_good
from tests.jobs.rehearsal.test_on_this_machine import units
from tests.jobs.steps.served_store import served

pytestmark = [pytest.mark.live, pytest.mark.django_db, pytest.mark.timeout(900)]


def test_code_that_keeps_its_units_passes_and_opens_the_gate(
    slurm_bed: SlurmBed,
    pipeline: Pipeline,
    ada: User,
    store: MemoryStore,
    scanners: dict[str, MemoryScanner],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jobs.tasks.cluster_port", lambda row: slurm_bed.cluster)
    Cluster.objects.update(kind=Cluster.Kind.LOCAL)  # its partition was judged in test_only_idle
    Pipeline.objects.update(memory_mb=100, disk_mb=100, is_open=False)
    pipeline.refresh_from_db()
    version = publish_code(pipeline, read_code(units().encode()), file_name="units.py")

    try:
        with served(store):
            rehearsal = rehearsed_for_good(pipeline, as_pi(ada), store)
    finally:
        slurm_bed.keys += [name for job in Job.objects.all() for name in (job.key, job.kept_key)]
    assert rehearsal.outcome == "passed", rehearsal.text
    figures = rehearsal.figures
    assert (figures["interruptions"], figures["planned"], figures["starts"]) == (3, 3, 4)
    second = rehearsal.jobs.latest("created_at")
    starts = second.attempts.order_by("number")
    found = [start.begun_with.get("kind", "") for start in starts]
    assert (found[0], found[-1]) == ("", "checkpoint")
    version.refresh_from_db()
    assert version.may_serve

"""Jobs and a real clamd: nothing passes while it is away or careless, and all goes on after it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from backends.memory import MemoryStore
from deploy.testbed.clamd import EICAR
from jobs import tasks
from jobs.models import Job
from jobs.states import State
from jobs.steps.receive import announce, receive
from pipelines.models import Pipeline
from pipelines.scan_policy import ScanPolicy
from tests.live.clamd.conftest import address_of, start
from tests.live.clamd.packed import fresh, nested
from tests.walk import send_all
from uploads.rules import DeclaredFile

pytestmark = [pytest.mark.live, pytest.mark.django_db]


def handed_over(pipeline: Pipeline, store: MemoryStore, content: bytes) -> Job:
    job = announce(pipeline, "olga@far.example", [DeclaredFile("letters", len(content))])
    send_all(job, store, [content])
    receive(job)
    return job


@pytest.fixture
def job(viruses_only: Pipeline, store: MemoryStore) -> Job:
    """Olga's, handed over."""
    return handed_over(viruses_only, store, b"hello world")


@pytest.fixture
def viruses_only(pipeline: Pipeline, settings: Any) -> Pipeline:
    """For signatures without a date."""
    settings.CLAMD_MAX_DATABASE_AGE_DAYS = 0
    pipeline.personal_data_policy = ScanPolicy.OFF
    return pipeline


def scanned(job: Job) -> Job:
    """As the next sweep has it done, whenever that may be."""
    Job.objects.filter(pk=job.pk).update(due_at=job.created_at)
    tasks.scan(str(job.pk))
    return Job.objects.get(pk=job.pk)


def test_while_clamd_is_stopped_a_job_waits_and_then_goes_on(
    job: Job, settings: Any, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        clamd = start(stack, tmp_path)
        settings.CLAMD = address_of(clamd)
        clamd.down()
        for _ in range(3):
            waiting = scanned(job)
            assert waiting.state == State.SCANNING
            assert "does not answer" in waiting.waiting_for
            assert not waiting.scans.exists()
        clamd.up()
        assert scanned(job).state == State.CLEAN


def test_while_clamd_is_careless_a_job_waits_and_says_what_to_mend(
    job: Job, settings: Any, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        clamd = start(stack, tmp_path, AlertExceedsMax="no")
        settings.CLAMD = address_of(clamd)
        waiting = scanned(job)
        assert waiting.state == State.SCANNING
        assert "“AlertExceedsMax yes” in clamd.conf" in waiting.waiting_for
        clamd.limits["AlertExceedsMax"] = "yes"
        clamd.up()
        done = scanned(job)
        assert done.state == State.CLEAN
        assert done.scans.get().versions.keys() == {"clamav", "signatures"}


@pytest.mark.parametrize(
    ("inner", "state"), [(b"hello world", State.CLEAN), (EICAR, State.REJECTED)]
)
def test_archive_too_deep_for_clamd_is_judged_by_its_members(
    viruses_only: Pipeline,
    store: MemoryStore,
    settings: Any,
    small: str,
    inner: bytes,
    state: State,
) -> None:
    settings.CLAMD = small
    content = nested(fresh(400) + inner, depth=21)

    done = scanned(handed_over(viruses_only, store, content))

    assert done.state == state
    assert done.scans.get().method == "members"
    places = [finding.locations for finding in done.findings.all()]
    assert places == ([] if state == State.CLEAN else [[[["member", 1]] * 5]])

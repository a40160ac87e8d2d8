"""A claim is kept while its step works, and lost when another has it."""

import threading
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from jobs.models import Job
from jobs.queue import WORK
from jobs.states import State
from jobs.steps.receive import announce
from jobs.workers import lease, pulse
from pipelines.models import Pipeline
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def claimed(pipeline: Pipeline, settings: Settings) -> Job:
    """A job at whose scan a worker is."""
    settings.LEASE_S = 0.4  # renewed every 0.1 s; who is busy is seen to be for as long
    job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)])
    job.move_to(State.UPLOADED)
    claimed = Job.objects.claim(job.pk, "scan")
    assert claimed is not None
    return claimed


def lease_until() -> datetime:
    """Until when the claim is good, as the row says."""
    until = Job.objects.get().lease_until
    assert until is not None
    return until


def test_a_long_step_keeps_its_claim_and_beats_the_heart(claimed: Job) -> None:
    soon = timezone.now()
    Job.objects.update(lease_until=soon)
    with lease.kept(claimed.renew_lease):
        while not pulse.busy_processes(WORK):  # the test's time limit ends a wait in vain
            threading.Event().wait(0.01)
    assert lease_until() > soon
    assert not pulse.busy_processes(WORK)


def test_a_claim_that_another_has_is_not_taken_back(claimed: Job) -> None:
    others = timezone.now() + timedelta(seconds=5)
    Job.objects.update(lease_token=uuid4(), lease_until=others)
    lease._keep(
        claimed.renew_lease, threading.Event()
    )  # sees at its first look that the claim is lost
    assert lease_until() == others

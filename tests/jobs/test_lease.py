"""A claim is kept while its step works, and lost when another has it."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import lease
from jobs.models import Heartbeat, Job
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def claimed(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job at whose scan a worker is."""
    monkeypatch.setattr(lease, "RENEW_EVERY_S", 0.02)
    job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)])
    job.move_to(State.UPLOADED)
    claimed = Job.objects.claim(job.pk, "scan")
    assert claimed is not None
    return claimed


def wait_for(look: object) -> None:
    """Until `look()` is true; the test's time limit ends a wait in vain."""
    assert callable(look)
    while not look():
        threading.Event().wait(0.01)


def test_a_long_step_keeps_its_claim_and_beats_the_heart(claimed: Job) -> None:
    soon = timezone.now() + timedelta(seconds=5)
    Job.objects.update(lease_until=soon)
    with lease.kept(claimed):
        wait_for(lambda: Job.objects.get().lease_until > soon)
    assert Heartbeat.last() is not None


def test_a_claim_that_another_has_is_not_taken_back(claimed: Job) -> None:
    with lease.kept(claimed) as _:
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        other = Job.objects.claim(claimed.pk, "scan")
        wait_for(lambda: other or Job.objects.get().lease_until > timezone.now())
    if other:  # else the keeper was quicker, and the claim is still ours
        assert Job.objects.get().lease_token == other.lease_token

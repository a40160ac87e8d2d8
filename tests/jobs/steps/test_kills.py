"""A worker may be killed between any two acts; the next one brings the job on, and once only."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from backends.base import Phase
from backends.memory import MemoryCluster, MemoryStore
from jobs.models import Job
from jobs.starts import fruitless
from jobs.states import State
from jobs.steps.decide import decide
from pipelines.models import Pipeline
from pipelines.publish import publish_code
from tests.jobs.killing import ROUNDS, Play, with_each_kill
from tests.jobs.starts.noted import begin
from tests.jobs.steps.following import fresh
from tests.jobs.steps.staging import CODE

# Real processes: they take longer than the quick suite may.
pytestmark = [pytest.mark.django_db, pytest.mark.live, pytest.mark.timeout(900)]
AT_WORK = ("submit", "track")


def test_each_stage_is_handed_in_once_whenever_a_worker_is_killed(
    pipeline: Pipeline,
    ada: User,
    clean_job: Job,
    site: MemoryCluster,
    store: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clean_job.save_fields(code=publish_code(pipeline, CODE, file_name="split.py", user=ada))
    first = clean_job.key

    def scene(play: Play) -> None:
        for _ in range(ROUNDS):
            play.work(AT_WORK, mortal=AT_WORK)
            play.compute()
            if fresh(clean_job).state == State.COMPLETED:
                break
        assert fresh(clean_job).state == State.COMPLETED
        assert play.submitted == [first, f"{first}-2", f"{first}-3"]
        assert site.jobs_made() == [f"{first}-3"]

    assert with_each_kill(scene, site, store, monkeypatch) > 40


def interrupt(job: Job, site: MemoryCluster) -> None:
    """What waits begins in vain, and what runs is interrupted."""
    if job.key not in site.jobs_made():
        return
    seen = site.observe([job.ref])[job.key]
    if seen.phase is Phase.WAITING:
        site.start(job.key)
        begin(site, job, seen.restart_count)
    elif seen.phase is Phase.RUNNING:
        site.preempt(job.key)


def test_a_hold_and_its_end_are_made_whenever_a_worker_is_killed(
    clean_job: Job,
    site: MemoryCluster,
    store: MemoryStore,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.FRUITLESS_STARTS = 1

    def scene(play: Play) -> None:
        job = clean_job
        for _ in range(ROUNDS):
            play.work(AT_WORK, mortal=AT_WORK)
            job = fresh(job)
            if fruitless.is_on_hold(job):
                break
            interrupt(job, site)
        assert site.observe([job.ref])[job.key].phase is Phase.HELD
        decide(job, State.PENDING, "Once more.", actor="sam")
        for _ in range(3):
            play.work(AT_WORK, mortal=AT_WORK)
        job = fresh(job)
        assert site.observe([job.ref])[job.key].phase is Phase.WAITING
        assert (job.state, job.fruitless_starts) == (State.PENDING, 0)
        assert sum(move.puts_on_hold for move in job.transitions.all()) == 1

    assert with_each_kill(scene, site, store, monkeypatch) > 30

"""Two at once, each with a database connection of its own: one winner, and nothing doubled."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from jobs.models import Job, LostRace, Transition
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 10
RACERS = 4


def race(act: Callable[[], Any]) -> list[Any]:
    """What `act` returns, or raises, in each of several threads that begin together."""
    start, outcomes = threading.Barrier(RACERS), []

    def run() -> None:
        try:
            start.wait(10)
            outcomes.append(act())
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def new_job(pipeline: Pipeline) -> Job:
    return announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)])


def test_of_racing_movers_one_wins(pipeline: Pipeline) -> None:
    for _ in range(ROUNDS):
        pk = new_job(pipeline).pk
        copies = iter([Job.objects.get(pk=pk) for _ in range(RACERS)])
        targets = iter([State.UPLOADED, State.CANCELLED, State.FAILED, State.EXPIRED])
        pairs = [(next(copies), next(targets)) for _ in range(RACERS)]
        outcomes = race(lambda pairs=pairs: move(*pairs.pop()))  # type: ignore[misc]
        assert [o for o in outcomes if o is not None and not isinstance(o, LostRace)] == []
        assert outcomes.count(None) == 1
        assert Transition.objects.filter(job=pk).count() == 1


def move(job: Job, state: State) -> None:
    job.move_to(state, "raced")


def test_of_racing_workers_one_claims(pipeline: Pipeline) -> None:
    for _ in range(ROUNDS):
        job = new_job(pipeline)
        job.move_to(State.UPLOADED)
        claims = race(lambda job=job: Job.objects.claim(job.pk, "scan"))  # type: ignore[misc]
        assert [claim for claim in claims if isinstance(claim, Exception)] == []
        assert len([claim for claim in claims if claim is not None]) == 1
        assert Job.objects.get(pk=job.pk).tries == 1


def test_a_job_that_left_its_state_and_came_back_is_not_moved_by_who_saw_it_before(
    pipeline: Pipeline,
) -> None:
    stale = walk_to(new_job(pipeline), State.RUNNING)
    fresh = Job.objects.get(pk=stale.pk)
    fresh.move_to(State.PENDING, "preempted")
    fresh.move_to(State.RUNNING, "again")
    with pytest.raises(LostRace):
        stale.move_to(State.FAILED, "seen long ago")
    assert Job.objects.get(pk=stale.pk).state == State.RUNNING

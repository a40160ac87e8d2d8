"""Two at once, each with a database connection of its own: one winner, and nothing doubled."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.again.acts import NotAgain, again
from jobs.models import Job, Letter, LostRace, Transition
from jobs.states import State
from jobs.steps.decide import TooLate, decide
from jobs.steps.receive import announce, confirm, receive
from pipelines.models import Pipeline
from tests.walk import send_all, walk_to
from uploads.models import Upload
from uploads.quotas import Quota, QuotaUse, Scope
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 10
RACERS = 4
FLOOD = 25
FILES = [DeclaredFile("a.txt", 1)]


def race(act: Callable[[], Any], *, racers: int = RACERS) -> list[Any]:
    """What `act` returns, or raises, in each of several threads that begin together."""
    start, outcomes = threading.Barrier(racers), []

    def run() -> None:
        try:
            start.wait(60)
            outcomes.append(act())
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
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


def test_of_racing_announcements_of_one_name_one_makes_the_job(pipeline: Pipeline) -> None:
    files = [DeclaredFile("a.txt", 1)]
    for made in range(1, ROUNDS + 1):
        name = uuid4()
        jobs = race(
            lambda name=name: announce(pipeline, "olga@far.example", files, name=name)  # type: ignore[misc]
        )
        assert {type(job) for job in jobs} == {Job}
        assert len({job.pk for job in jobs}) == 1
        assert (Job.objects.count(), Upload.objects.count()) == (made, made)


@pytest.mark.live
@pytest.mark.postgres
@pytest.mark.parametrize("scope", Scope)
def test_of_400_announcements_at_once_a_quota_of_100_lets_in_exactly_100(
    pipeline: Pipeline, scope: Scope
) -> None:
    Quota.objects.filter(scope=scope).update(max_uploads=100)
    answers = flood()
    assert Counter(answers) == {201: 100, 429: 300}
    assert (Job.objects.count(), Upload.objects.count()) == (100, 100)
    assert set(QuotaUse.objects.values_list("uploads", flat=True)) == {100}


@pytest.mark.live
@pytest.mark.postgres
def test_of_400_announcements_at_once_the_bytes_and_the_open_jobs_are_exact(
    pipeline: Pipeline,
) -> None:
    Quota.objects.filter(scope=Scope.EMAIL).update(max_uploads=None, max_mb=10)
    Quota.objects.filter(scope=Scope.SITE).update(max_open_jobs=7)
    assert Counter(flood()) == {201: 7, 429: 393}
    Quota.objects.filter(scope=Scope.SITE).update(max_open_jobs=None)
    assert Counter(flood()) == {201: 93, 429: 307}
    assert set(QuotaUse.objects.values_list("size_bytes", flat=True)) == {10_000_000}


def flood() -> list[int]:
    """The answers to 400 announcements of 100 kB from as many connections as PostgreSQL allows."""
    said = {"email": "olga@far.example", "files": [{"name": "a.txt", "size": 100_000}]}

    def send() -> list[int]:
        client = Client()
        return [
            client.post("/p/word-count/", said, content_type="application/json").status_code
            for _ in range(400 // FLOOD)
        ]

    return [status for answers in race(send, racers=FLOOD) for status in answers]


def test_a_quota_counts_a_name_once_however_many_announce_it_at_once(pipeline: Pipeline) -> None:
    Quota.objects.filter(scope=Scope.EMAIL).update(max_uploads=ROUNDS)
    for spent in range(1, ROUNDS + 1):
        name = uuid4()
        jobs = race(lambda name=name: announce(pipeline, "olga@far.example", FILES, name=name))  # type: ignore[misc]
        assert {type(job) for job in jobs} == {Job}
        assert QuotaUse.objects.get(scope=Scope.EMAIL).uploads == spent


def test_of_racing_cancels_one_moves_and_none_is_lost_to_a_worker(pipeline: Pipeline) -> None:
    for _ in range(ROUNDS):
        pk = new_job(pipeline).pk
        Job.objects.get(pk=pk).move_to(State.UPLOADED)
        acts = iter([lambda pk=pk: work(pk)] + [lambda pk=pk: cancel(pk)] * (RACERS - 1))
        outcomes = race(lambda acts=acts: next(acts)())  # type: ignore[misc]
        assert [o for o in outcomes if isinstance(o, Exception)] == []
        assert Job.objects.get(pk=pk).state == State.CANCELLED
        assert Transition.objects.filter(job=pk, new=State.CANCELLED).count() == 1


def work(pk: UUID) -> None:
    """A worker that claims the job and moves it on, as far as it is let."""
    job = Job.objects.claim(pk, "scan")
    if job is None:
        return
    try:
        job.move_to(State.SCANNING)
        job.move_to(State.HELD)
    except LostRace:
        return


def cancel(pk: UUID) -> None:
    try:
        decide(Job.objects.get(pk=pk), State.CANCELLED, "raced", actor="collaborator")
    except TooLate:
        return


def test_who_reads_a_job_that_a_worker_has_claimed_does_not_act_in_the_workers_name(
    job: Job, store: MemoryStore
) -> None:
    send_all(job, store, [b"hello world"])
    Job.objects.update(due_at=timezone.now())
    worker = Job.objects.claim(job.pk, "expire")
    assert worker is not None
    collaborator = Job.objects.get(pk=job.pk)
    worker.rest_until(timezone.now() + timedelta(days=7))
    receive(collaborator)
    assert Job.objects.get(pk=job.pk).state == State.UPLOADED


def test_a_new_upload_is_nobodys_work_until_it_is_given_up(job: Job) -> None:
    assert Job.objects.claim(job.pk, "expire") is None


def test_of_a_confirmation_and_a_cancel_at_once_the_cancel_has_the_last_word(
    pipeline: Pipeline,
) -> None:
    Pipeline.objects.update(confirm_email=True)
    pipeline.refresh_from_db()
    for _ in range(ROUNDS):
        job = new_job(pipeline)
        job.move_to(State.UPLOADED)
        acts = iter([cancel] + [lambda pk: confirm(Job.objects.get(pk=pk))] * (RACERS - 1))
        outcomes = race(lambda acts=acts, pk=job.pk: next(acts)(pk))  # type: ignore[misc]
        assert outcomes == [None] * RACERS
        assert Job.objects.get(pk=job.pk).state == State.CANCELLED
        assert Letter.objects.filter(transition__job=job, kind="received").count() <= 1


def kept_job(pipeline: Pipeline, store: MemoryStore) -> Job:
    """A delivered job whose file is kept for a day."""
    pipeline.input_days = 1
    pipeline.save()
    job = new_job(pipeline)
    send_all(job, store, [b"a"])
    return walk_to(job, State.DELIVERED)


def ended_a_day_ago(pk: UUID, *, left: timedelta = timedelta()) -> None:
    ended_at = timezone.now() - timedelta(days=1) + left
    Job.objects.filter(pk=pk).update(ended_at=ended_at, due_at=ended_at - timedelta(days=1))


def test_of_running_it_again_and_deleting_its_files_at_once_one_comes_too_late(
    pipeline: Pipeline, store: MemoryStore, site: MemoryCluster
) -> None:
    for milliseconds in range(0, 30, 6):
        pk = kept_job(pipeline, store).pk
        ended_a_day_ago(pk, left=timedelta(milliseconds=milliseconds))
        acts = iter([lambda pk=pk: tasks.expire(str(pk))] + [lambda pk=pk: once_more(pk)] * 3)
        outcomes = race(lambda acts=acts: next(acts)())  # type: ignore[misc]
        made = [outcome for outcome in outcomes if isinstance(outcome, Job)]
        assert len(made) + [type(o) for o in outcomes].count(NotAgain) == RACERS - 1
        Job.objects.update(due_at=timezone.now())
        tasks.expire(str(pk))
        assert is_stored(pk, store) == bool(made)


def test_a_sweep_that_comes_while_a_job_is_made_of_its_files_leaves_them(
    pipeline: Pipeline, store: MemoryStore, site: MemoryCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = kept_job(pipeline, store).pk

    def sweep() -> None:
        ended_a_day_ago(pk)
        tasks.expire(str(pk))
        connection.close()

    sweeper = threading.Thread(target=sweep)

    def begin_to_sweep(*_spent: Any) -> None:
        sweeper.start()
        sweeper.join(0.2)  # it waits for us; if it did not, it would be done by then

    monkeypatch.setattr("jobs.again.acts.spend_on_job", begin_to_sweep)
    made = once_more(pk)
    sweeper.join()
    assert made.state == State.UPLOADED
    assert Upload.objects.get().let_go_at is None
    assert is_stored(pk, store)


def once_more(pk: UUID) -> Job:
    return again(Job.objects.get(pk=pk), name=uuid4())


def is_stored(pk: UUID, store: MemoryStore) -> bool:
    return bool(list(store.list_objects(f"uploads/{Job.objects.get(pk=pk).upload_id}/")))


def test_of_two_who_press_the_button_of_one_page_at_once_both_get_the_one_job(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    for _ in range(ROUNDS // 2):
        job, name = kept_job(pipeline, store), uuid4()
        jobs = race(lambda pk=job.pk, name=name: again(Job.objects.get(pk=pk), name=name))  # type: ignore[misc]
        assert {type(one) for one in jobs} == {Job}
        assert job.repeated_by.count() == 1

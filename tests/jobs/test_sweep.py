"""sweep: whatever hint was lost, the next sweep rings again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from jobs import tasks
from jobs.models import Heartbeat, Job
from jobs.queue import WAITING_FOR_WORK, ensure_schedules
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Cluster, Pipeline
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test lasts: rings are made again after some seconds."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


def rung() -> list[str]:
    """What has been rung and not been heard, by task."""
    names = [str(row.func()).removeprefix("jobs.tasks.") for row in OrmQ.objects.all()]
    OrmQ.objects.all().delete()
    return sorted(names)


@pytest.mark.parametrize(
    ("state", "tasks_rung"),
    [
        (State.UPLOADED, ["scan"]),
        (State.HELD, ["send_letters"]),
        (State.CLEAN, ["send_letters", "submit"]),
        (State.COMPLETED, ["deliver", "send_letters"]),
        (State.DELIVERED, ["expire", "send_letters"]),
        (State.FAILED, ["expire", "send_letters"]),
    ],
)
def test_a_move_rings_the_next_task_and_a_sweep_rings_it_again_if_that_was_lost(
    job: Job, state: State, tasks_rung: list[str]
) -> None:
    walk_to(job, state)
    assert set(tasks_rung) <= set(rung())
    tasks.sweep()  # too early: the ring is fresh; letters and polls have their own clocks
    assert not set(tasks_rung) - {"send_letters", "track"} & set(rung())
    Job.objects.update(rung_at=timezone.now() - timedelta(minutes=2))
    tasks.sweep()
    assert set(tasks_rung) <= set(rung())


def test_a_sweep_rings_for_a_look_at_a_cluster_where_jobs_live(job: Job) -> None:
    walk_to(job, State.PENDING)
    rung()
    tasks.sweep()
    assert "track" in rung()
    tasks.sweep()  # it is rung for already
    assert "track" not in rung()
    Cluster.objects.update(poll_due_at=timezone.now())
    tasks.sweep()
    assert "track" in rung()


def test_a_held_job_is_rung_for_nobody(job: Job) -> None:
    walk_to(job, State.HELD)
    rung()
    Job.objects.update(rung_at=None)
    tasks.sweep()
    assert rung() == ["send_letters", "tidy"]  # of the store, once a day


def test_a_job_under_lease_is_left_alone(uploaded_job: Job) -> None:
    Job.objects.claim(uploaded_job.pk, "scan")
    rung()
    Job.objects.update(rung_at=None)
    tasks.sweep()
    assert "scan" not in rung()


def test_sweeps_do_not_pile_up_rings(uploaded_job: Job) -> None:
    Job.objects.update(rung_at=None)
    rung()
    for _ in range(5):
        tasks.sweep()
    assert rung().count("scan") == 1


def test_a_sweep_beats_the_heart_that_healthz_shows(client: Client) -> None:
    assert client.get("/healthz").status_code == 503
    tasks.sweep()
    assert client.get("/healthz").json()["worker"] == "ok"
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=10))
    assert client.get("/healthz").status_code == 503


def test_there_is_one_schedule_however_often_it_is_ensured() -> None:
    ensure_schedules()
    ensure_schedules()
    assert Schedule.objects.filter(name="sweep").count() == 1


def test_a_long_queue_is_not_made_longer_and_what_ends_jobs_goes_first(
    pipeline: Pipeline, job: Job
) -> None:
    walk_to(job, State.COMPLETED)
    rung()
    for _ in range(WAITING_FOR_WORK + 5):
        announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)]).move_to(State.UPLOADED)
    assert rung().count("scan") == WAITING_FOR_WORK
    Job.objects.update(rung_at=None)
    tasks.sweep()
    heard = rung()
    assert heard.count("scan") < WAITING_FOR_WORK
    assert "deliver" in heard

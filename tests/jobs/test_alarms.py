"""Staff are told once of what stands still for too long; nothing fails for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from jobs import alarms, tasks
from jobs.models import Alarm, Job, Letter
from jobs.states import DEADLINES, State
from jobs.steps.track import BUG
from pipelines.models import Cluster
from tests.walk import walk_to

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(hours=2)


@pytest.fixture(autouse=True)
def _support(settings: Settings) -> None:
    settings.SUPPORT_EMAIL = "sam@uni.example"


def late(job: Job, state: State) -> Job:
    """The job, in this state for longer than it should."""
    walk_to(job, state)
    Cluster.objects.update(polled_at=timezone.now())
    Job.objects.update(changed_at=timezone.now() - 2 * DEADLINES[state])
    return Job.objects.get(pk=job.pk)


@pytest.mark.parametrize("state", sorted(DEADLINES))
def test_a_job_that_stands_still_is_an_alarm_and_one_letter(job: Job, state: State) -> None:
    late(job, state)
    alarms.look()
    alarms.look()
    alarm = Alarm.objects.get()
    assert job.short_id in alarm.text
    mail.outbox.clear()
    tasks.send_letters()
    (letter,) = [m for m in mail.outbox if m.to == ["sam@uni.example"]]
    assert alarm.text in letter.body
    assert Job.objects.get().state == state


def test_what_it_waits_for_is_said(job: Job) -> None:
    late(job, State.SUBMITTING)
    Job.objects.update(waiting_for="login.uni.example cannot be reached.")
    alarms.look()
    assert "login.uni.example cannot be reached" in Alarm.objects.get().text


def test_a_cluster_that_is_silent_for_long_is_an_alarm(job: Job, cluster: Cluster) -> None:
    walk_to(job, State.PENDING)
    Cluster.objects.update(poll_error="No route.", polled_at=LONG_AGO)
    alarms.look()
    assert not Alarm.objects.exists()  # the job came a moment ago
    Job.objects.update(changed_at=LONG_AGO)
    alarms.look()
    assert "No route." in Alarm.objects.get().text


def test_a_cluster_that_no_look_has_come_to_the_end_of_is_an_alarm(job: Job) -> None:
    walk_to(job, State.PENDING)
    Job.objects.update(changed_at=LONG_AGO)
    alarms.look()
    assert "break off" in Alarm.objects.get().text


@pytest.mark.parametrize("trouble", [{"due_at": LONG_AGO - timedelta(days=1)}, {"outages": 50}])
def test_a_clean_up_that_never_ends_is_an_alarm(job: Job, trouble: dict[str, Any]) -> None:
    walk_to(job, State.FAILED)
    Job.objects.update(**trouble)
    alarms.look()
    assert "cleared up" in Alarm.objects.get().text


def test_letters_that_were_refused_are_an_alarm(job: Job) -> None:
    walk_to(job, State.UPLOADED)
    Letter.objects.update(refused_at=timezone.now(), error="550 relaying denied")
    alarms.look()
    assert "relaying denied" in Alarm.objects.get().text


def test_a_job_that_was_stumbled_over_is_an_alarm(job: Job) -> None:
    walk_to(job, State.RUNNING)
    Job.objects.update(waiting_for=BUG)
    alarms.look()
    assert job.short_id in Alarm.objects.get().text


def test_letters_that_do_not_leave_are_an_alarm(job: Job) -> None:
    walk_to(job, State.UPLOADED)
    Letter.objects.update(created_at=timezone.now() - timedelta(hours=3), error="refused")
    alarms.look()
    assert "refused" in Alarm.objects.get().text


def test_an_alarm_ends_with_its_cause_and_its_return_is_no_second_letter(job: Job) -> None:
    late(job, State.HELD)
    alarms.look()
    held = Job.objects.get()
    held.move_to(State.REJECTED)
    alarms.look()
    assert Alarm.objects.get().ended_at is not None
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now())
    Alarm.objects.update(seen_at=timezone.now())
    alarms._raise(Alarm.objects.get().cause, "again")
    assert Alarm.objects.get().ended_at is None
    assert Letter.objects.filter(kind=Letter.Kind.ALARM).count() == 1


def test_a_calm_site_has_no_alarms(job: Job) -> None:
    walk_to(job, State.RUNNING)
    alarms.look()
    assert not Alarm.objects.exists()


def test_alarms_are_for_those_who_see_the_whole_site(
    job: Job, client: Client, ada: User, sam: User
) -> None:
    late(job, State.HELD)
    alarms.look()
    client.force_login(sam)
    assert "for too long" in client.get("/admin/jobs/alarm/").content.decode()
    client.force_login(ada)
    assert client.get("/admin/jobs/alarm/").status_code == 403


def test_the_sweep_looks_for_alarms_once_a_minute(job: Job) -> None:
    late(job, State.HELD)
    tasks.sweep()
    Alarm.objects.all().update(text="not looked at again")
    tasks.sweep()
    assert Alarm.objects.get().text == "not looked at again"

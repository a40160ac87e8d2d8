"""When a group of task processes counts as hung: rings wait, and nobody begins a task."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from jobs.models import Heartbeat
from jobs.queue import WATCH, WORK, ring
from jobs.workers import pulse
from jobs.workers.watchdog import Group

pytestmark = pytest.mark.django_db
PATIENCE = timedelta(minutes=5)
LONG_AGO = timedelta(hours=1)


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queues whose groups were killed."""
    killed: list[str] = []
    monkeypatch.setattr(Group, "kill", lambda group: killed.append(group.queue))
    return killed


def look_at(queue: str) -> None:
    """One look at a group that has run for an hour."""
    group = Group(queue, size=2, patience=PATIENCE)
    group.seen_at = timezone.now() - LONG_AGO
    group.look()
    group.end_if_silent()


def waiting_ring(task: str) -> None:
    """A ring that nobody has taken for an hour."""
    ring(task, "x")
    OrmQ.objects.update(lock=timezone.now() - LONG_AGO)


def test_a_group_that_lets_rings_wait_is_killed(killed: list[str]) -> None:
    waiting_ring("scan")
    look_at(WORK)
    assert killed == [WORK]


def test_a_group_without_work_is_left_alone(killed: list[str]) -> None:
    look_at(WORK)
    assert killed == []


def test_the_watching_group_always_has_work(killed: list[str]) -> None:
    look_at(WATCH)
    assert killed == [WATCH]


def test_a_group_that_begins_tasks_is_left_alone(killed: list[str]) -> None:
    waiting_ring("scan")
    pulse.beat()
    look_at(WORK)
    assert killed == []


def test_one_busy_process_does_not_mask_the_hung_ones(
    killed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting_ring("scan")
    pulse.beat_busy()
    look_at(WORK)
    assert killed == [WORK]
    monkeypatch.setattr("os.getpid", lambda: 2)
    pulse.beat_busy()
    look_at(WORK)
    assert killed == [WORK]  # now all of them are busy: no second time


def test_another_hosts_heart_does_not_count(killed: list[str], settings: Settings) -> None:
    settings.HOST = "other"
    pulse.beat()
    settings.HOST = "this"
    waiting_ring("scan")
    look_at(WORK)
    assert killed == [WORK]
    assert set(pulse.newest()) == {f"other {WORK}"}


def test_hosts_that_are_gone_are_forgotten() -> None:
    pulse.beat()
    Heartbeat.objects.update(at=timezone.now() - timedelta(days=30))
    pulse.forget_the_dead()
    assert pulse.newest() == {}


def test_looks_and_letters_do_not_stand_behind_scans() -> None:
    ring("scan", "x")
    ring("track", 1)
    ring("send_letters")
    assert sorted(OrmQ.objects.values_list("key", flat=True)) == [WORK, WATCH, WATCH]

"""Does somebody work, on each host?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import Schedule

from jobs.doctor.diagnosis import Health
from jobs.doctor.worker import checks
from jobs.models import Heartbeat
from tests.jobs.doctor.looking import answers, faults

pytestmark = pytest.mark.django_db


def beat(name: str, age: timedelta = timedelta()) -> None:
    Heartbeat.objects.create(name=name, at=timezone.now() - age)


def test_no_worker_ever_is_a_fault_that_says_to_start_one() -> None:
    found = answers(checks())
    assert faults(found) == ["heartbeats"]
    assert "Start manage.py worker" in found["heartbeats"].mend


def test_a_worker_that_was_last_seen_long_ago_is_a_fault() -> None:
    beat("web1 watch", timedelta(hours=5))
    found = answers(checks())
    assert faults(found) == ["heartbeats"]
    assert "for 5 h" in found["heartbeats"].what


def test_a_worker_at_work_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)  # seconds are told
    beat("web1 watch", timedelta(seconds=4))
    beat("web1 freeloader", timedelta(seconds=50))
    beat("web1 freeloader 4711", timedelta(hours=1))  # a process, not a group
    found = answers(checks())
    assert {answer.health for answer in found.values()} == {Health.OK}
    assert "freeloader 50 s ago, watch 4 s ago" in found["host web1"].what


def test_a_host_that_fell_silent_is_a_warning_while_others_work() -> None:
    beat("web1 watch")
    beat("web2 watch", timedelta(minutes=10))
    found = answers(checks())
    assert (faults(found), found["host web2"].health) == ([], Health.WARNING)
    assert "10 min ago" in found["host web2"].what


def test_a_sweep_that_nothing_rings_is_a_fault() -> None:
    beat("web1 watch")
    Schedule.objects.all().delete()
    assert faults(answers(checks())) == ["schedule of the sweep"]

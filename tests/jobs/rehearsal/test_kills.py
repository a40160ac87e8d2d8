"""A worker is killed at any line of a rehearsal's step: one second run, one verdict, one letter."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from backends.memory import MemoryCluster, MemoryStore
from jobs.models import Letter
from pipelines.models import CodeVersion, Pipeline
from tests.jobs.killing import ROUNDS, Play, with_each_kill
from tests.jobs.rehearsal.acting import rehearsal_of, sent

# Real processes: they take longer than the quick suite may.
pytestmark = [pytest.mark.django_db, pytest.mark.live, pytest.mark.timeout(900)]
ALL = ("scan", "submit", "track", "deliver", "rehearse")


def test_a_rehearsal_has_one_second_run_and_one_verdict_whenever_a_worker_is_killed(
    closed: Pipeline,
    pi: User,
    site: MemoryCluster,
    store: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = sent(closed, pi, store)

    def scene(play: Play) -> None:
        for _ in range(ROUNDS):
            play.work(ALL, mortal=["rehearse"])
            play.compute()
            if rehearsal_of(first).ended_at:
                break
        rehearsal = rehearsal_of(first)
        assert (rehearsal.outcome, rehearsal.jobs.count()) == ("passed", 2)
        assert Letter.objects.filter(kind=Letter.Kind.REHEARSED).count() == 1
        assert CodeVersion.objects.get().may_serve

    assert with_each_kill(scene, site, store, monkeypatch) > 10

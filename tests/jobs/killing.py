"""Workers that are killed between any two of their acts, one kill in each play of a scene."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backends.base import Phase
from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.deletion.remains import remove_below
from jobs.models import Job
from jobs.states import ENDS
from pipelines.models import Cluster
from tests.jobs.steps.following import COUNT
from tests.walk import play_node

WRITES = ("INSERT", "UPDATE", "DELETE")
ACTS = ("submit", "put_file", "hold", "release", "cancel", "remove")
ROUNDS = 40


class Killed(BaseException):
    """SIGKILL: nothing catches it."""


class Rewind(Exception):
    """The scene is over; back to its beginning."""


class Play:
    """A scene with workers in it, of whom one is killed before its act of that number."""

    def __init__(
        self, number: int, site: MemoryCluster, store: MemoryStore, patch: pytest.MonkeyPatch
    ) -> None:
        self.number, self.acts = number, 0
        self.site, self.store, self.patch = site, store, patch
        self.submitted: list[str] = []  # the keys of all Slurm jobs that came into being

    def work(self, names: Sequence[str], *, mortal: Sequence[str]) -> None:
        """One round of these tasks; the leases of one that was killed are over by then."""
        Job.objects.update(due_at=timezone.now(), lease_until=None)
        Cluster.objects.update(poll_lease_until=None)
        for name in names:
            for given in _given(name):
                if name in mortal:
                    with self._fated():
                        getattr(tasks, name)(*given)
                else:
                    getattr(tasks, name)(*given)

    def compute(self) -> None:
        """What the cluster does meanwhile: what waits begins, what runs does its work and ends."""
        for job in Job.objects.exclude(state__in=ENDS):
            if job.key not in self.site.jobs_made():
                continue
            seen = self.site.observe([job.ref])[job.key]
            if seen.phase is Phase.WAITING:
                self.site.start(job.key)
            elif seen.phase is Phase.RUNNING:
                self._end(job, seen.restart_count)

    def _end(self, job: Job, attempt: int) -> None:
        told = self.site.files[job.key]["job.json"]
        stage, kept = json.loads(told)["stage"], self.site.files.setdefault(job.kept_key, {})
        if stage == "split":
            kept["parts.json"] = json.dumps({"version": 1, "parts": [["inputs/a"]] * 3}).encode()
        elif stage == "parts":
            kept.update({f"part.{number}": b"" for number in range(3)})
        else:
            play_node(self.store, told, attempt, COUNT)
        self.site.finish(job.key)

    @contextmanager
    def _fated(self) -> Iterator[None]:
        with self.patch.context() as patch, connection.execute_wrapper(self._write):
            for name in ACTS:
                patch.setattr(self.site, name, self._watched(getattr(self.site, name)))
            try:
                yield
            except Killed:
                transaction.set_rollback(False)  # nothing was begun that would need it

    def _watched(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def watched(told: Any, *more: Any) -> Any:
            self._strike()
            if act.__name__ == "submit" and told.key not in self.site.jobs_made():
                self.submitted.append(told.key)
            answer = act(told, *more)
            self._strike()
            return answer

        return watched

    def _write(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(WRITES):
            self._strike()
        return execute(sql, *rest)

    def _strike(self) -> None:
        self.acts += 1
        if self.acts == self.number:
            raise Killed


def _given(name: str) -> list[tuple[Any, ...]]:
    if name == "rehearse":
        return [()]
    if name == "track":
        return [(row.pk,) for row in Cluster.objects.all()]
    return [(str(job.pk),) for job in Job.objects.due(name, timezone.now())]


def with_each_kill(
    scene: Callable[[Play], None],
    site: MemoryCluster,
    store: MemoryStore,
    patch: pytest.MonkeyPatch,
) -> int:
    """Play the scene undisturbed, then with a kill at each act of its workers, and count those.

    No play leaves anything to the next one, but for what is in the store below uploads/.
    """
    patch.setattr("jobs.jobfile.MAX_RESULTS", 2)  # to sign more places would only take long
    number, acts = 0, 1
    while number <= acts:
        site.__init__()  # type: ignore[misc]
        remove_below("results/", store)
        play = Play(number, site, store, patch)
        try:
            with transaction.atomic():
                scene(play)
                raise Rewind
        except Rewind:
            acts = acts if number else play.acts
        number += 1
    return acts

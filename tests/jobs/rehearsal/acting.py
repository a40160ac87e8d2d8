"""What the tests of rehearsals do again and again: ada sends a test input, the node runs it."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.models import Permission, User
from django.utils import timezone

from backends.memory import MemoryCluster, MemoryStore
from deploy.testbed.site import until
from jobs import tasks
from jobs.models import Job, Rehearsal
from jobs.rehearsal_page.acts import begin
from jobs.states import State
from jobs.steps.receive import receive
from pipelines.models import Cluster, Pipeline
from tests.jobs.steps.following import COUNT, fresh, look, run_to_its_end
from tests.walk import send_all
from uploads.rules import DeclaredFile

LETTERS = [DeclaredFile("letters.txt", 11)]
# What hangs ends: a rehearsal is a dozen processes, on a slow machine some seconds each.
LONG_S = 500
TOOK = {"started_at": 1000.0, "ended_at": 1020.0, "code_seconds": 10.0}


def as_pi(user: User) -> User:
    """She may do what a PI may."""
    names = ["pipeline", "job", "codeversion", "letter"]
    wanted = Permission.objects.filter(content_type__model__in=names).exclude(codename="see_all")
    user.user_permissions.set(wanted)
    return User.objects.get(pk=user.pk)


def sent(pipeline: Pipeline, user: User, store: MemoryStore) -> Job:
    """A rehearsal has begun: its test input has arrived."""
    job = begin(pipeline, user, "ada@uni.example", LETTERS, None)
    send_all(job, store, [b"hello world"])
    receive(job)
    return job


def run(
    job: Job,
    site: MemoryCluster,
    store: MemoryStore,
    files: Mapping[str, bytes] = COUNT,
    notes: Mapping[str, object] = TOOK,
    preemptions: int = 0,
) -> Job:
    """From where it stands to its delivery, with the rehearsal's next step."""
    if fresh(job).state == State.UPLOADED:
        tasks.scan(str(job.pk))
    tasks.submit(str(job.pk))
    site.start(job.key)
    for _ in range(preemptions):
        look(job)
        site.preempt(job.key)
        look(job)
        site.start(job.key)
    look(job)
    run_to_its_end(job, site, store, preemptions, files, notes)
    look(job)
    tasks.deliver(str(job.pk))
    tasks.rehearse()
    return fresh(job)


def second_of(first: Job) -> Job:
    """The run that is interrupted."""
    return Job.objects.exclude(pk=first.pk).get(rehearsal=first.rehearsal)


def rehearsal_of(job: Job) -> Rehearsal:
    """As its row says now."""
    assert job.rehearsal_id
    return Rehearsal.objects.get(pk=job.rehearsal_id)


def rehearsed(pipeline: Pipeline, user: User, site: MemoryCluster, store: MemoryStore) -> Rehearsal:
    """A rehearsal from the test input to its good end."""
    first = run(sent(pipeline, user, store), site, store)
    run(second_of(first), site, store, preemptions=3)
    return rehearsal_of(first)


def work() -> None:
    """What a worker does in one round, on a cluster that really runs jobs."""
    for task in ("scan", "submit", "deliver"):
        for job in Job.objects.due(task, timezone.now()):
            getattr(tasks, task)(str(job.pk))
    for cluster in Cluster.objects.all():
        tasks.track(cluster.pk)
    tasks.rehearse()


def rehearsed_for_good(pipeline: Pipeline, user: User, store: MemoryStore) -> Rehearsal:
    """A rehearsal at its end, on a cluster that really runs it."""
    job = sent(pipeline, user, store)

    def is_over() -> bool:
        work()
        return rehearsal_of(job).ended_at is not None

    until(is_over, what="the verdict", seconds=LONG_S)
    return rehearsal_of(job)

"""What a worker runs: each task claims its row, calls its step, and answers for its errors.

The one place where errors of the outside world are caught: transient ones wait, others end the
job with their reason. Bugs are not caught; their job stops after a few tries.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from backends.base import BackendError
from backends.chosen import chosen_store
from jobs import mail
from jobs.models import Heartbeat, Job, LostRace
from jobs.models.job import MAX_TRIES
from jobs.ports import site_scanners
from jobs.queue import ring
from jobs.states import TERMINAL, WORK, State
from jobs.steps import deliver as deliver_step
from jobs.steps import expire as expire_step
from jobs.steps import scan as scan_step
from jobs.steps import submit as submit_step
from jobs.steps import track as track_step
from pipelines.models import Cluster
from pipelines.ports import cluster_port

RING_AGAIN = timedelta(seconds=60)
POLL_LEASE = timedelta(minutes=5)
SWEEP_AT_ONCE = 500
CLOSED = "The cluster is closed for now; the job goes on when it is opened again."


def scan(job_id: str) -> None:
    """Look at a job's files."""

    def step(job: Job) -> None:
        with site_scanners() as scanners:
            scan_step.scan(job, store=chosen_store(), scanners=scanners)

    _work("scan", job_id, step)


def submit(job_id: str) -> None:
    """Hand a job to its cluster."""

    def step(job: Job) -> None:
        if not job.cluster.is_open:
            raise BackendError(CLOSED, transient=True)
        submit_step.submit(job, store=chosen_store(), cluster=cluster_port(job.cluster))

    _work("submit", job_id, step)


def deliver(job_id: str) -> None:
    """Make a proved result reachable."""
    _work("deliver", job_id, lambda job: deliver_step.deliver(job, store=chosen_store()))


def expire(job_id: str) -> None:
    """Delete what is due of a job."""

    def step(job: Job) -> None:
        expire_step.expire(job, store=chosen_store(), cluster=cluster_port(job.cluster))

    _work("expire", job_id, step)


def _work(task: str, job_id: str, step: Callable[[Job], None]) -> None:
    job = Job.objects.claim(job_id, task)
    if job is None:
        return
    try:
        if job.tries > MAX_TRIES:
            _stop(job, f"The step “{task}” ended {MAX_TRIES} times without a result.")
        else:
            step(job)
    except LostRace:
        return
    except BackendError as error:
        _answer_for(job, error)


def _answer_for(job: Job, error: BackendError) -> None:
    try:
        if error.transient:
            job.wait(error.message)
        else:
            _stop(job, error.message)
    except LostRace:
        return


def _stop(job: Job, reason: str) -> None:
    """The job has failed; one that is over already can only wait for its clean-up."""
    if job.state in TERMINAL or job.state == State.DELIVERED:
        job.wait(reason)
    else:
        job.move_to(State.FAILED, reason)


def track(cluster_id: int) -> None:
    """One look at a cluster for all its jobs; two workers never look at once."""
    now = timezone.now()
    free = Q(poll_lease_until=None) | Q(poll_lease_until__lt=now)
    claimed = Cluster.objects.filter(free, pk=cluster_id).update(poll_lease_until=now + POLL_LEASE)
    if not claimed:
        return
    cluster = Cluster.objects.get(pk=cluster_id)
    error = _look(cluster)
    now = timezone.now()
    answered = {} if error else {"polled_at": now}
    Cluster.objects.filter(pk=cluster_id).update(
        poll_lease_until=None,
        poll_due_at=now + timedelta(seconds=settings.POLL_INTERVAL_S),
        poll_error=error,
        **answered,
    )


def _look(cluster: Cluster) -> str:
    jobs = list(Job.objects.on_cluster(cluster).select_related("upload", "code"))
    if not jobs:
        return ""
    try:
        track_step.track(jobs, store=chosen_store(), cluster=cluster_port(cluster))
    except BackendError as error:
        Job.objects.on_cluster(cluster).update(waiting_for=error.message)
        return error.message
    return ""


def send_letters() -> None:
    """Send every letter that is due."""
    mail.send_due_letters()


def sweep() -> None:
    """Ring for everything that is due and that nobody is at work on; beat the worker's heart."""
    now = timezone.now()
    Heartbeat.beat()
    quiet = Q(rung_at=None) | Q(rung_at__lt=now - RING_AGAIN)
    for task in sorted(set(WORK.values()) - {"track"}):
        due = list(
            Job.objects.due(task, now).filter(quiet).values_list("pk", flat=True)[:SWEEP_AT_ONCE]
        )
        Job.objects.filter(pk__in=due).update(rung_at=now)
        for pk in due:
            ring(task, str(pk))
    _ring_polls()
    if mail.letters_are_due():
        ring("send_letters")


def _ring_polls() -> None:
    now = timezone.now()
    due = Q(poll_due_at=None) | Q(poll_due_at__lte=now)
    free = Q(poll_lease_until=None) | Q(poll_lease_until__lt=now)
    live = Job.objects.filter(state__in=[State.PENDING, State.RUNNING]).values("cluster")
    for cluster in Cluster.objects.filter(due, free, pk__in=live):
        Cluster.objects.filter(pk=cluster.pk).update(poll_due_at=now + RING_AGAIN)
        ring("track", cluster.pk)

"""What a worker runs: each task claims its row, calls its step, and answers for its errors.

The one place where errors of the outside world are caught: transient ones wait, others end the
job with their reason. Bugs are not caught; their job stops after a few tries.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import Error, InterfaceError, OperationalError, close_old_connections, connection
from django.db.models import F, Q
from django.utils import timezone

from backends.base import BackendError
from backends.base import Cluster as ClusterPort
from backends.chosen import chosen_store
from jobs import alarms, reasons
from jobs.idle import partition
from jobs.letters.events import attach_left
from jobs.letters.send import letters_are_due, send_due_letters
from jobs.models import Heartbeat, Job, LostRace, Rehearsal, TidyReport
from jobs.models.claim import MAX_TRIES
from jobs.overview import digest
from jobs.ports import site_scanners
from jobs.queue import ring, ring_once, room_for_work
from jobs.states import State
from jobs.steps import deliver as deliver_step
from jobs.steps import expire as expire_step
from jobs.steps import rehearse as rehearse_step
from jobs.steps import scan as scan_step
from jobs.steps import submit as submit_step
from jobs.steps import tidy as tidy_step
from jobs.steps import track as track_step
from jobs.workers import lease, polls, pulse
from pipelines.models import Cluster
from pipelines.ports import cluster_port
from uploads import quotas

log = logging.getLogger(__name__)
RING_AGAIN = timedelta(seconds=15)
HOUSEKEEPING_EVERY = timedelta(minutes=1)
TIDIED = "tidied"
TIDY_EVERY = timedelta(days=1)
TIDY_AGAIN = timedelta(hours=1)  # after an error of the store, or where more is left
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
        if job.cluster.gone_at:
            raise BackendError(reasons.CLUSTER_GONE, transient=False)
        if not job.cluster.is_open:
            raise BackendError(CLOSED, transient=True)
        submit_step.submit(job, store=chosen_store(), cluster=cluster_port(job.cluster))
        polls.stir(job.cluster_id)

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
    pulse.beat()
    if job is None:
        return
    try:
        if job.tries > MAX_TRIES and not job.is_over:
            job.move_to(State.FAILED, reasons.BROKE_OFF % {"task": task, "times": MAX_TRIES})
            return
        with lease.kept(job.renew_lease):
            step(job)
    except LostRace:
        return
    except BackendError as error:
        _answer_for(job, error)
    except (OperationalError, InterfaceError):
        _give_try_back(job)
        raise


def _give_try_back(job: Job) -> None:
    """The database's hiccup is no fault of the job, if there is a database to say so to."""
    with suppress(Error):
        if not connection.in_atomic_block:
            close_old_connections()
        Job.objects.filter(pk=job.pk, lease_token=job.claim_token, tries__gt=0).update(
            tries=F("tries") - 1, lease_until=timezone.now(), rung_at=None
        )


def _answer_for(job: Job, error: BackendError) -> None:
    """Wait and try again, or fail; what is over already can only wait for its clean-up."""
    try:
        if error.transient or job.is_over:
            job.wait(error.message)
        else:
            job.move_to(State.FAILED, error.message)
    except LostRace:
        return


def track(cluster_id: int) -> None:
    """One look at a cluster for all its jobs; a second worker walks away."""
    pulse.beat()
    cluster = polls.claim(cluster_id)
    if cluster is None:
        return
    with lease.kept(lambda: polls.renew(cluster)):
        changes = _look(cluster)
    polls.release(cluster, **changes)


def _look(cluster: Cluster) -> dict[str, Any]:
    port = cluster_port(cluster)
    try:
        _learn(cluster, port)
        has_stirred = track_step.track(cluster, store=chosen_store(), cluster_port=port)
    except BackendError as error:
        silent = Job.objects.on_cluster(cluster).exclude(waiting_for=error.message)
        silent.update(waiting_for=error.message)
        return {"poll_error": error.message}
    now = timezone.now()
    partition.look_for_idle(cluster, port)
    changes = {"poll_error": "", "polled_at": now}
    return changes | ({"stirred_at": now} if has_stirred else {})


def _learn(cluster: Cluster, port: ClusterPort) -> None:
    """Once a day, what of the cluster's configuration the looks depend on."""
    if not cluster.polled_at or cluster.polled_at.date() != timezone.now().date():
        partition.keep_survey(cluster, port.survey())


def look_for_idle(cluster_id: int) -> None:
    """What is idle at a cluster, for those who look at a pipeline's page."""
    pulse.beat()
    cluster = Cluster.objects.filter(pk=cluster_id, is_open=True).first()
    if cluster:
        partition.look_for_idle(cluster, cluster_port(cluster))


def rehearse() -> None:
    """Bring every rehearsal on whose jobs have ended; there is nothing to claim, see the step."""
    pulse.beat()
    for rehearsal in Rehearsal.objects.due():
        try:
            rehearse_step.rehearse(rehearsal, store=chosen_store())
        except BackendError as error:
            log.warning("The rehearsal of %s waits: %s", rehearsal.pipeline.slug, error.message)
        except Error:  # the database's fault, not this rehearsal's
            raise
        except Exception:  # a bug, which must not stop the others; the log has all of it
            log.exception("The rehearsal of %s broke off.", rehearsal.pipeline.slug)


def send_letters() -> None:
    """Send every letter that is due."""
    pulse.beat()
    send_due_letters()


def tidy() -> None:
    """Remove from the store what belongs to nothing any more; a row says what was found."""
    pulse.beat()
    found = TidyReport()
    try:
        with lease.kept(lambda: True):  # there is nothing to claim: two at once do no harm
            for _leftover in tidy_step.noted(tidy_step.tidy(store=chosen_store()), found):
                pass
    except BackendError as error:
        log.warning("The store is not tidied: %s", error.message)
        return
    log.info("The store is tidied; %d things were removed.", found.things_removed)
    if found.is_complete:
        Heartbeat.beat(TIDIED)


def _ring_for_tidy() -> None:
    tidied = Heartbeat.last(TIDIED)
    is_due = not tidied or tidied < timezone.now() - TIDY_EVERY
    if is_due and Heartbeat.is_time("tidy", TIDY_AGAIN):
        ring_once("tidy")


def sweep() -> None:
    """Ring for everything that is due and that nobody is at work on, as far as there is room."""
    pulse.beat()
    polls.ring_due()
    if letters_are_due():
        ring_once("send_letters")
    if Rehearsal.objects.due().exists() and Heartbeat.is_time("rehearse", RING_AGAIN):
        ring_once("rehearse")
    room = room_for_work()
    for task in ("deliver", "expire", "submit", "scan"):  # what ends or frees something first
        room -= _ring_due(task, max(0, room))
    if Heartbeat.is_time("housekeeping", HOUSEKEEPING_EVERY):
        attach_left()  # before those that came back are looked for
        alarms.look()
        pulse.forget_the_dead()
        quotas.forget_old()
        _ring_for_tidy()
        digest.write_due()


def _ring_due(task: str, most: int) -> int:
    now = timezone.now()
    quiet = Q(rung_at=None) | Q(rung_at__lt=now - RING_AGAIN)
    jobs = Job.objects.due(task, now).filter(quiet).order_by("due_at")
    due = list(jobs.values_list("pk", flat=True)[:most])
    Job.objects.filter(pk__in=due).update(rung_at=now)
    for pk in due:
        ring(task, str(pk))
    return len(due)

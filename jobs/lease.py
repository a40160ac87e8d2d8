"""Keeping a claim while a step works, however long its file is."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection
from django.utils import timezone

from jobs.models import Heartbeat, Job
from jobs.models.job import LEASE

log = logging.getLogger(__name__)
RENEW_EVERY_S = 60.0
# A step has time-outs of its own; one that outlives them all must lose its claim some day.
LONGEST_STEP_S = 5.5 * 3600


@contextmanager
def kept(job: Job) -> Iterator[None]:
    """Renew the job's lease, from a thread beside the step, until the block ends."""
    over = threading.Event()
    thread = threading.Thread(target=_keep, args=(job, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _keep(job: Job, over: threading.Event) -> None:
    end = time.monotonic() + LONGEST_STEP_S
    token = job.lease_token
    while not over.wait(RENEW_EVERY_S) and time.monotonic() < end:
        try:
            mine = Job.objects.filter(pk=job.pk, lease_token=token)
            if not mine.update(lease_until=timezone.now() + LEASE):
                return
            Heartbeat.beat()  # a worker with a long file is busy, not hung
        except DatabaseError as error:
            log.warning("The lease of %s was not renewed: %s", job, type(error).__name__)
        finally:
            connection.close()

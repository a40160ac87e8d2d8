"""Keeping a claim while its owner is at work, however long that takes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, connection

from jobs.workers import pulse

log = logging.getLogger(__name__)
# A step has time-outs of its own; one that outlives them all must lose its claim some day.
LONGEST_STEP_S = 5.5 * 3600


@contextmanager
def kept(renew: Callable[[], bool]) -> Iterator[None]:
    """Call `renew` again and again, from a thread beside the block, until the block ends.

    `renew` lengthens the claim; False says that it is lost.
    """
    over = threading.Event()
    thread = threading.Thread(target=_keep, args=(renew, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _keep(renew: Callable[[], bool], over: threading.Event) -> None:
    end = time.monotonic() + LONGEST_STEP_S
    is_busy = False
    while not over.wait(settings.LEASE_S / 4) and time.monotonic() < end:
        is_busy = True
        if not _renewed(renew):
            break
    if is_busy:
        _try(pulse.rest)


def _renewed(renew: Callable[[], bool]) -> bool:
    is_lost = threading.Event()

    def act() -> None:
        if not renew():
            is_lost.set()
        pulse.beat_busy()

    _try(act)
    return not is_lost.is_set()


def _try(act: Callable[[], None]) -> None:
    """A database that is away for a moment is no reason to give a claim up."""
    try:
        act()
    except Error as error:
        log.warning("A claim was not renewed: %s", type(error).__name__)
    finally:
        connection.close()

"""The scanners that this site has set up, made when they are first needed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings

from backends.base import Scanner
from backends.clamav import ClamavScanner
from scanning.archive_members import unpack
from scanning.personal import PersonalDataScanner

# Between jobs that follow one another the zygote stays, for its model takes seconds to
# load; then its memory (half a GB with the model) is given back, and what it piled up with it.
KEPT_S = 600


@contextmanager
def site_scanners() -> Iterator[Mapping[str, Scanner]]:
    """By name, for one job; in each process one job has them at a time, others wait."""
    # By process id: a zygote and its socket are not to be carried over a fork.
    with _kept(os.getpid(), settings.PII_MODEL, settings.PII_RECOGNIZERS).taken() as personal:
        scanners: dict[str, Scanner] = {personal.name: personal}
        if settings.CLAMD:
            scanners["clamav"] = ClamavScanner(
                settings.CLAMD,
                max_database_age_days=settings.CLAMD_MAX_DATABASE_AGE_DAYS or None,
                unpack=unpack,
            )
        yield scanners


class _Kept:
    """The scanner for personal data, and when its zygote is to end."""

    def __init__(self, scanner: PersonalDataScanner) -> None:
        self._scanner = scanner
        self._lock = threading.Lock()
        self._end_at: float | None = None

    @contextmanager
    def taken(self) -> Iterator[PersonalDataScanner]:
        with self._lock:
            if self._end_at is None:
                self._let_live()
            try:
                yield self._scanner
            finally:
                self._end_if_due()

    def _let_live(self) -> None:
        self._end_at = time.monotonic() + KEPT_S
        timer = threading.Timer(KEPT_S, self._end_when_idle)
        timer.daemon = True
        timer.start()

    def _end_when_idle(self) -> None:
        """Who has the lock is at work with it, and ends it thereafter."""
        if self._lock.acquire(blocking=False):
            try:
                self._end_if_due()
            finally:
                self._lock.release()

    def _end_if_due(self) -> None:
        if self._end_at is not None and time.monotonic() >= self._end_at:
            self._end_at = None
            self._scanner.close()


@lru_cache(maxsize=4)
def _kept(pid: int, model: str, recognizers: str) -> _Kept:
    return _Kept(PersonalDataScanner(model=model, recognizers=recognizers))

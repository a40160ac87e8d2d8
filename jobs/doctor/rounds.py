"""The doctor's round: every area in a thread of its own, each check with a time-out.

A check that hangs is called a fault and left behind; it ends with its library's own time-out.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from backends.base import BackendError
from jobs.doctor import cluster, database, mail, scanners, site, store, worker
from jobs.doctor.diagnosis import Check, Checks, Diagnosis, Health

log = logging.getLogger(__name__)
CHECK_TIMEOUT_S = 60.0
AREAS: Mapping[str, Callable[[], Checks]] = {
    "site": site.checks,
    "database": database.checks,
    "worker": worker.checks,
    "store": store.checks,
    "scanners": scanners.checks,
    "cluster": cluster.checks,
    "mail": mail.checks,
}
BUG = "This is a fault of the program: report it, with the site's log."


def examine(
    areas: Mapping[str, Callable[[], Checks]] = AREAS, *, timeout_s: float = CHECK_TIMEOUT_S
) -> Iterator[Diagnosis]:
    """Look at all areas at once; the diagnoses come area by area, in this order."""
    rounds = [_Round(area, checks, timeout_s) for area, checks in areas.items()]
    for each in rounds:
        each.start()
    for each in rounds:
        yield from each.diagnoses()


class _Round(threading.Thread):
    """The checks of one area, one after the other."""

    def __init__(self, area: str, checks: Callable[[], Checks], timeout_s: float) -> None:
        super().__init__(name=f"doctor {area}", daemon=True)
        self._area, self._checks, self._timeout_s = area, checks, timeout_s
        self._found: queue.SimpleQueue[Diagnosis | None] = queue.SimpleQueue()
        self._at = "checks"
        self._began = time.monotonic()

    def run(self) -> None:
        try:
            self._look_through()
        except Exception as error:
            self._found.put(self._failed(self._at, error, ""))
        finally:
            connections.close_all()  # of this thread
            self._found.put(None)

    def diagnoses(self) -> Iterator[Diagnosis]:
        """What was found, as it is found; ends with the check that takes too long."""
        while True:
            try:
                found = self._found.get(timeout=max(0.0, self._left_s()))
            except queue.Empty:
                if self._left_s() > 0:  # the next check has begun meanwhile
                    continue
                yield self._overdue()
                return
            if found is None:
                return
            yield found

    def _look_through(self) -> None:
        checks = self._checks()
        check = next(checks, None)
        while check:
            self._at, self._began = check.name, time.monotonic()
            found = self._diagnosed(check)
            self._found.put(found)
            try:
                check = checks.send(found.health)
            except StopIteration:
                return

    def _diagnosed(self, check: Check) -> Diagnosis:
        try:
            answer = check.look()
        except Exception as error:
            return self._failed(check.name, error, check.mend)
        took_s = time.monotonic() - self._began
        return Diagnosis(self._area, check.name, answer.health, answer.what, answer.mend, took_s)

    def _failed(self, name: str, error: Exception, mend: str) -> Diagnosis:
        what, is_bug = reason(error)
        if is_bug:
            log.error("The doctor's check of %s, %s, failed.", self._area, name, exc_info=error)
        took_s = time.monotonic() - self._began
        remedy = BUG if is_bug else mend or _first_of_all(error)
        return Diagnosis(self._area, name, Health.FAULT, what, remedy, took_s)

    def _overdue(self) -> Diagnosis:
        what = f"No end of it within {self._timeout_s:.0f} s."
        mend = "Look whether it hangs: it answers neither yes nor no."
        return Diagnosis(self._area, self._at, Health.FAULT, what, mend, self._timeout_s)

    def _left_s(self) -> float:
        return self._began + self._timeout_s - time.monotonic()


def _first_of_all(error: Exception) -> str:
    return "Mend the database first." if isinstance(error, DatabaseError) else ""


def reason(error: Exception) -> tuple[str, bool]:
    """Why a look failed, in one line without a secret; and whether that is a bug of ours.

    Of errors that we do not know only the kind is told: their words may hold a signed address.
    """
    if isinstance(error, BackendError):
        return error.message, False
    if isinstance(error, DatabaseError | ImproperlyConfigured):
        return " ".join(str(error).split())[:300], False
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}.", False
    return f"The check itself failed ({type(error).__name__}).", True

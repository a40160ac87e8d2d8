"""The round itself: what raises or hangs is told, and keeps nobody from the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

from backends.base import StoreError
from jobs.doctor import rounds
from jobs.doctor.diagnosis import Answer, Check, Checks, Diagnosis, Health, fault, well
from jobs.doctor.rounds import AREAS, BUG, examine

FINE = Check("fine", lambda: well("all is well"))


def one(*checks: Check) -> Checks:
    for check in checks:  # noqa: UP028 - a tuple cannot be told how a check came out
        yield check


def raises(error: Exception) -> Answer:
    raise error


def looked_at(*checks: Check) -> list[Diagnosis]:
    return list(examine({"mail": lambda: one(*checks)}))


def test_a_check_that_raises_is_a_fault_and_the_next_one_is_made() -> None:
    away = StoreError("The store did not answer.", transient=True)
    broken = Check("broken", lambda: raises(away), "Look after it.")
    first, second = looked_at(broken, FINE)
    assert (first.health, first.what, first.mend) == (
        Health.FAULT, "The store did not answer.", "Look after it.",
    )  # fmt: skip
    assert second.health is Health.OK


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused."),
        (OperationalError("no such table:\n jobs_job"), "no such table: jobs_job"),
        (ImproperlyConfigured("FREELOADER_STORE must name a store"), "FREELOADER_STORE must"),
    ],
)
def test_why_a_check_could_not_be_made_is_said_in_a_line(error: Exception, words: str) -> None:
    (found,) = looked_at(Check("broken", lambda: raises(error), "Mend it."))
    assert words in found.what
    assert "\n" not in found.what
    assert found.mend == "Mend it."


def test_the_words_of_an_unknown_error_are_kept_back_and_it_is_called_a_bug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = RuntimeError("https://store.example/x?signature=SECRET")
    (found,) = looked_at(Check("broken", lambda: raises(error), "Mend it."))
    assert "SECRET" not in found.what + found.mend
    assert (found.health, found.mend) == (Health.FAULT, BUG)
    assert "check of mail, broken, failed" in caplog.text


def test_an_area_that_cannot_even_begin_is_a_fault() -> None:
    def checks() -> Checks:
        raise OperationalError("the database is away")
        yield FINE

    (found,) = examine({"cluster": checks})
    assert (found.area, found.health, found.what) == (
        "cluster", Health.FAULT, "the database is away",
    )  # fmt: skip
    assert found.mend == "Mend the database first."


def test_what_depends_on_a_fault_is_not_looked_at() -> None:
    def checks() -> Checks:
        if (yield Check("first", lambda: fault("down", "mend it"))) is Health.FAULT:
            return
        yield FINE

    assert [found.name for found in examine({"store": checks})] == ["first"]


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_check_that_hangs_is_a_fault_and_the_other_areas_are_told(
    release: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[threading.Thread] = []
    is_hanging = threading.Event()

    def hangs() -> Answer:
        is_hanging.set()
        release.wait()
        return well("at last")

    def quick() -> Checks:
        others.append(threading.current_thread())
        return one(FINE)

    def monotonic() -> float:
        """Time passes only when all has ended that does not hang."""
        is_over = is_hanging.is_set() and others and not others[0].is_alive()
        return 1.0 if is_over else 0.0

    monkeypatch.setattr(rounds, "time", SimpleNamespace(monotonic=monotonic))
    areas = {"store": lambda: one(Check("hangs", hangs), FINE), "mail": quick}
    first, second = examine(areas, timeout_s=0.1)
    assert (first.name, first.health) == ("hangs", Health.FAULT)
    assert "hangs" in first.mend
    assert (second.area, second.health) == ("mail", Health.OK)


def test_areas_are_told_in_order_whichever_is_done_first(release: threading.Event) -> None:
    def waits() -> Answer:
        release.wait()
        return well("done")

    def releases() -> Answer:
        release.set()
        return well("done")

    areas = {"store": lambda: one(Check("slow", waits)), "mail": lambda: one(Check("x", releases))}
    assert [found.area for found in examine(areas)] == ["store", "mail"]


def test_all_that_a_site_depends_on_has_an_area() -> None:
    wanted = {"site", "database", "worker", "store", "scanners", "cluster", "mail"}
    assert set(AREAS) == wanted

"""The scanners of a site: kept from job to job, for a while, in one process."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator

import pytest

from backends.base import Coverage, Scanner
from jobs import ports
from scanning.personal import PersonalDataScanner
from tests.backends.fake_clamd import FakeClamd
from tests.backends.scan_bench import file_of

pytestmark = pytest.mark.live

PLAIN = b"one two three\n"  # nothing that Presidio is asked about, so that no model is loaded


@pytest.fixture(autouse=True)
def _no_zygote_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test keeps ends with it; what other tests keep is not touched."""
    made: list[PersonalDataScanner] = []

    def scanner(*, model: str, recognizers: str) -> PersonalDataScanner:
        made.append(PersonalDataScanner(model=model, recognizers=recognizers))
        return made[-1]

    monkeypatch.setattr(ports, "PersonalDataScanner", scanner)
    ports._kept.cache_clear()
    yield
    ports._kept.cache_clear()
    for each in made:
        each.close()


def zygote_of_a_scan() -> int | None:
    """Scan one file as a job does; the zygote of the process that read it."""
    with ports.site_scanners() as scanners:
        report = personal(scanners["presidio"]).scan(file_of(PLAIN))
        assert report.coverage is Coverage.COMPLETE
        return personal(scanners["presidio"]).zygote_pid


def personal(scanner: Scanner) -> PersonalDataScanner:
    assert isinstance(scanner, PersonalDataScanner)
    return scanner


def test_the_next_job_is_scanned_by_the_same_zygote() -> None:
    first = zygote_of_a_scan()
    assert first is not None
    assert zygote_of_a_scan() == first


def test_a_zygote_that_has_served_its_time_ends_with_the_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ports, "KEPT_S", 0)
    with ports.site_scanners() as scanners:
        scanner = personal(scanners["presidio"])
        scanner.scan(file_of(PLAIN))
        assert scanner.zygote_pid
    assert scanner.zygote_pid is None


def test_a_job_after_that_gets_a_new_zygote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "KEPT_S", 0)
    assert zygote_of_a_scan() != zygote_of_a_scan()


def test_another_process_has_a_scanner_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = zygote_of_a_scan()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert zygote_of_a_scan() != ours


def test_a_site_without_clamd_has_no_virus_scanner(settings: object) -> None:
    settings.CLAMD = ""  # type: ignore[attr-defined]
    with ports.site_scanners() as scanners:
        assert set(scanners) == {"presidio"}


def test_the_virus_scanner_has_archives_taken_apart_where_clamd_met_a_limit(
    settings: object,
) -> None:
    too_deep = "stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND"
    with FakeClamd(too_deep, "stream: OK") as clamd:
        settings.CLAMD = clamd.address  # type: ignore[attr-defined]
        settings.CLAMD_MAX_DATABASE_AGE_DAYS = 0  # type: ignore[attr-defined]
        with ports.site_scanners() as scanners:
            report = scanners["clamav"].scan(file_of(gzip.compress(b"hello")))

    assert clamd.bodies[1:] == [b"hello"]
    assert (report.coverage, report.method) == (Coverage.COMPLETE, "members")

"""Do the scanners see what they must? A clamd that speaks the protocol and says what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from backends.base import ScanError
from backends.memory.scanner import MemoryScanner
from jobs.doctor import scanners
from jobs.doctor.diagnosis import Health
from jobs.doctor.samples import EICAR, PERSONAL
from pipelines.models import Pipeline
from tests.backends.fake_clamd import TELLS, FakeClamd
from tests.jobs.doctor.looking import answers, faults

pytestmark = pytest.mark.django_db
FOUND = "stream: Eicar FOUND"
GOOD = (FOUND, "stream: OK")
FRESH = "ClamAV 1.4.6/27300/Tue Jun 10 08:30:00 2125"


@pytest.fixture(autouse=True)
def _only_clamd_and_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is loaded in the live test; a fake clamd keeps what it gets in memory."""
    monkeypatch.setattr(scanners, "STREAM_BYTES", 2**21)


def look(
    settings: Any, *verdicts: str | None, version: str = FRESH, tells: Sequence[str] = TELLS
) -> dict[str, Any]:
    with FakeClamd(*verdicts, version=version, tells=tells) as clamd:
        settings.CLAMD = clamd.address
        return answers(scanners._virus_checks())


def test_a_clamd_that_tells_all_is_well(settings: Any) -> None:
    found = look(settings, *GOOD)
    assert {answer.health for answer in found.values()} == {Health.OK}
    assert found["clamd"].what == "ClamAV 1.4.6, signatures of 2125-06-10"


@pytest.mark.parametrize(
    ("verdicts", "name", "words"),
    [
        (("stream: OK", *GOOD[1:]), "clamd finds EICAR", "harmless test virus"),
        ((FOUND, "INSTREAM size limit exceeded. ERROR"), "clamd's largest file", "size limit"),
    ],
)
def test_a_clamd_that_does_not_see_what_it_must_is_a_fault(
    settings: Any, verdicts: tuple[str, ...], name: str, words: str
) -> None:
    found = look(settings, *verdicts)
    assert faults(found) == [name]
    assert words in found[name].what
    assert found[name].mend


def test_signatures_of_any_age_are_a_warning(settings: Any) -> None:
    settings.CLAMD_MAX_DATABASE_AGE_DAYS = 0
    assert look(settings, *GOOD, version="ClamAV 1.4.6")["clamd"].health is Health.WARNING


@pytest.mark.parametrize("silent", TELLS)
def test_a_clamd_that_says_ok_to_what_it_did_not_see_is_a_fault(settings: Any, silent: str) -> None:
    found = look(settings, *GOOD, tells=[line for line in TELLS if line != silent])
    assert faults(found) == ["clamd's limits"]
    assert f"{silent} yes not set" in found["clamd's limits"].what
    assert "docs/operations.md" in found["clamd's limits"].mend


@pytest.mark.parametrize("version", ["ClamAV 1.4.6", "ClamAV 1.4.6/1/Tue Jun 10 08:30:00 2025"])
def test_signatures_that_are_old_or_without_a_date_are_raised_for_the_round_to_tell(
    settings: Any, version: str
) -> None:
    with pytest.raises(ScanError, match="freshclam"):
        look(settings, *GOOD, version=version)


def test_no_scanner_is_a_fault_only_where_a_page_asks_for_one(
    settings: Any, pipeline: Pipeline
) -> None:
    settings.CLAMD = ""
    found = answers(scanners._virus_checks())
    assert faults(found) == ["clamd"]
    assert "Word count" in found["clamd"].what
    Pipeline.objects.update(virus_policy="off")
    assert answers(scanners._virus_checks())["clamd"].health is Health.WARNING


def test_a_model_that_sees_nothing_is_a_fault() -> None:
    blind, seeing = MemoryScanner({}), MemoryScanner({b"@example.org": "EMAIL_ADDRESS"})
    assert scanners.finds_personal_data(seeing).health is Health.OK
    assert scanners.finds_personal_data(blind).health is Health.FAULT


def test_the_samples_are_what_they_are_said_to_be() -> None:
    assert len(EICAR) == 68
    assert b"@" in PERSONAL


def test_sites_recognisers_are_looked_at_before_the_model_is_loaded(
    settings: Any, tmp_path: Path
) -> None:
    file = tmp_path / "own.yaml"
    settings.PII_RECOGNIZERS = str(file)
    file.write_text("recognizers: [{name: A, supported_entity: X, deny_list: [b]}]")
    assert scanners._recognizers().what == "of the site: A (X)"
    file.write_text("recognizers: [{name: A, supported_entity: X}]")
    with pytest.raises(ScanError, match="neither patterns nor a deny_list"):
        scanners._recognizers()

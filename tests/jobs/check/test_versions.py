"""manage.py scan_versions: what files are checked by, in the words of their reports."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from scanning.personal import PersonalDataScanner
from tests.backends.fake_clamd import FakeClamd
from tests.backends.scan_bench import file_of


def told(*options: str) -> str:
    out = StringIO()
    call_command("scan_versions", *options, stdout=out)
    return out.getvalue()


def test_versions_are_those_of_a_report(settings: Any) -> None:
    settings.CLAMD = ""
    scanner = PersonalDataScanner()
    report = scanner.scan(file_of(b"1,2,3\n"))
    scanner.close()

    said = json.loads(told("--json"))["presidio"]

    assert "PERSON" in said.pop("entities").split(", ")
    assert said == report.versions
    assert said.keys() == {"presidio-analyzer", "spacy", "model", "model_sha256", "rules"}


def test_sites_recognisers_are_named_by_what_they_find(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("recognizers: [{name: A, supported_entity: CASE_NUMBER, deny_list: [b]}]")
    settings.CLAMD = ""
    plain = told()
    settings.PII_RECOGNIZERS = str(file)

    assert "CASE_NUMBER" in told()
    assert rules_line(told()) != rules_line(plain)


def rules_line(text: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith("presidio  rules")]
    return line


def test_that_no_virus_is_looked_for_is_told(settings: Any) -> None:
    settings.CLAMD = ""

    assert "clamav    none" in told()


def test_signatures_are_told_with_their_number_and_day(settings: Any) -> None:
    with FakeClamd(version="ClamAV 1.4.6/27300/Tue Jun 10 08:30:00 2025") as clamd:
        settings.CLAMD = clamd.address

        assert json.loads(told("--json"))["clamav"] == {
            "clamav": "1.4.6",
            "signatures": "27300 of 2025-06-10",
        }


def test_scanner_that_cannot_say_makes_the_command_fail(settings: Any) -> None:
    settings.CLAMD = "127.0.0.1:1"

    with pytest.raises(SystemExit):
        told()

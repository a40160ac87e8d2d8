"""The scan report: what was looked at, what was not and why; never more than that is claimed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from backends.base import Coverage, ScanReport
from jobs.check.report import Found, Summary, looked_at, noted, summarise, summary_of
from jobs.check.wording import cover_text, outcome
from jobs.models import Job
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.pages import status_text

FULL, PART, NONE = Coverage.COMPLETE, Coverage.PARTIAL, Coverage.SKIPPED
MB = 10**6


def look(coverage: Coverage, seen: int, *reasons: str, scanner: str = "presidio") -> ScanReport:
    return ScanReport(scanner, coverage, 40 * MB, seen, reasons, versions={"model": "md"})


def summary(*looks: ScanReport, **found: Found) -> Summary:
    whole = summarise(looks, found)
    assert whole is not None
    return whole


@pytest.mark.parametrize(
    ("coverages", "whole"),
    [
        ([FULL, FULL], FULL),
        ([FULL, PART], PART),
        ([FULL, NONE], PART),
        ([NONE, NONE], NONE),
        ([NONE, PART], PART),
        ([PART], PART),
    ],
)
def test_the_whole_is_complete_only_where_all_is(
    coverages: list[Coverage], whole: Coverage
) -> None:
    looks = [look(how, 1) for how in coverages]
    assert summary(*looks).coverage is whole
    elsewhere = look(FULL, 1, scanner="clamav")
    assert summary(*looks, elsewhere).coverage is (FULL if whole is FULL else PART)


def test_bytes_reasons_and_findings_are_added_up() -> None:
    whole = summary(
        look(PART, 2 * MB, "SAMPLED"),
        look(NONE, 0, "ENCRYPTED"),
        look(PART, 8 * MB, "SAMPLED", "BINARY_PARTS"),
        presidio=Found(count=17, files=2),
    )
    (cover,) = whole.covers
    assert (cover.scanned_bytes, cover.size_bytes) == (10 * MB, 120 * MB)
    assert whole.reasons == ("SAMPLED", "ENCRYPTED", "BINARY_PARTS")
    assert cover.files == {PART: 2, NONE: 1}
    assert (cover.found.count, cover.versions) == (17, ("model md",))


def test_where_nobody_looked_there_is_no_verdict() -> None:
    assert summarise([], {}) is None


@pytest.mark.parametrize(
    ("looks", "found", "text"),
    [
        ([look(FULL, 40 * MB)], Found(), "None was found; all of it was looked at."),
        (
            [look(PART, 2 * MB, "SAMPLED")],
            Found(),
            "None was found in the 2 MB of 40 MB that were read closely. "
            "Why not all: it is too long to be read closely as a whole.",
        ),
        (
            [look(PART, 40 * MB, "PICTURES_NOT_READ")],
            Found(),
            "None was found in what was looked at, which was not everything. "
            "Why not all: what its pictures show was not read.",
        ),
        (
            [look(NONE, 0, "ENCRYPTED")],
            Found(),
            "Nothing could be looked at. Why: it is encrypted.",
        ),
        (
            [look(FULL, 40 * MB), look(PART, 2 * MB, "SAMPLED")],
            Found(3, 1),
            "Found in 1 of 2 files. Of 2 files: 1 looked at as a whole, 1 in part. "
            "Why not all: it is too long to be read closely as a whole.",
        ),
    ],
)
def test_what_was_covered_is_said_in_words(
    looks: list[ScanReport], found: Found, text: str
) -> None:
    (cover,) = summary(*looks, presidio=found).covers
    assert cover_text(cover) == text


@pytest.mark.django_db
def test_nothing_is_called_clean_that_was_not_looked_at_as_a_whole(pipeline: Pipeline) -> None:
    long, hostile, empty = looked_at(scenes.checked(pipeline), 9)
    viruses, personal = map(outcome, long.looks)
    assert personal.startswith("none found in the 2 MB of 48 GB that were looked at: it is too")
    assert viruses.startswith("none found in what was looked at, which is not everything: it is")
    assert outcome(hostile.looks[0]) == "found something; looked at all of it"
    assert outcome(empty.looks[0]) == "none found; looked at all of it"


@pytest.mark.django_db
def test_the_status_page_has_the_report(client: Client, pipeline: Pipeline) -> None:
    text = status_text(client, scenes.held(pipeline))
    assert "Viruses: none found in the 2 GB of 48 GB that were looked at: it is so large" in text
    assert "Personal data: found something; looked at all of it (read as text)" in text
    why = "there is no reader for files of its kind; SOME_NEW_CODE"
    assert f"Personal data: not looked at: {why}" in text
    assert "Personal data Found in 1 of 2 files." in text
    assert "clamav 1.4.6, signatures 27300 of 2026-11-24" in text


@pytest.mark.django_db
def test_what_is_too_weak_to_decide_is_called_possible(client: Client, pipeline: Pipeline) -> None:
    text = status_text(client, scenes.checked(pipeline))
    assert "possibly a telephone number, once: packed file 3, line 2" in text
    assert "Possibly found in 1 of 3 files." in text


@pytest.mark.django_db
def test_what_stops_an_upload_is_noted_with_what_can_be_done(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.unreadable(pipeline)
    (one,) = noted(job)
    assert (one.file.number, one.findings, len(one.gaps)) == (2, [], 1)
    text = status_text(client, job)
    assert "Personal data: not looked at: it is encrypted" in text
    assert "without a password" in text
    assert "what was found, then send" not in text


def report(client: Client, job: Job, status: int = 200) -> Any:
    answer = client.get(f"/j/{job.status_token}/scan.json")
    assert answer.status_code == status
    return answer


@pytest.mark.django_db
def test_the_report_for_programs_says_all_of_it(client: Client, pipeline: Pipeline) -> None:
    job = scenes.checked(pipeline)
    answer = report(client, job)
    assert answer["Content-Disposition"].endswith(f'"scan-report-{job.short_id}.json"')
    said = json.loads(answer.content)
    assert (said["format"], said["coverage"]) == ("freeloader-scan-report/1", "PARTIAL")
    assert said["reasons"] == ["WINDOWED", "SAMPLED"]
    assert said["policy"]["presidio"]["threshold"] == 0.5
    assert said["policy"]["clamav"]["partial"] == "HOLD"
    personal = said["scanners"][1]
    assert personal["files"] == {"COMPLETE": 2, "PARTIAL": 1}
    assert (personal["findings"], personal["files_with_findings"]) == (1, 1)
    long, hostile, _empty = said["files"]
    assert long["looks"][1] | {"at": ""} == {
        "scanner": "presidio", "at": "", "coverage": "PARTIAL", "reasons": ["SAMPLED"],
        "scanned_bytes": 2_000_000, "method": "table", "seed": 4711, "findings": [],
        "versions": {"rules": "3", "model": "en_core_web_md 3.8.0"},
    }  # fmt: skip
    (finding,) = hostile["looks"][0]["findings"]
    assert finding == {
        "entity": "PHONE_NUMBER", "count": 1, "score": 0.4, "decides": False,
        "places": [[["member", 3], ["line", 2]]],
    }  # fmt: skip


@pytest.mark.django_db
def test_there_is_no_report_before_the_check_has_ended(client: Client, pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.SCANNING)
    report(client, job, 404)
    assert summary_of(job) is None
    assert "What the check covered" not in status_text(client, job)
    assert client.get("/j/nobody/scan.json").status_code == 404

"""The status page of jobs that the check has stopped: what was found, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from jobs.check.report import summary_of
from jobs.models import Job
from jobs.states import State
from pipelines.models import Pipeline
from scanning.sentences import ADVICE
from tests.jobs import scenes
from tests.jobs.pages import read, status_text

pytestmark = pytest.mark.django_db


def test_the_rejected_learn_where_and_what_but_no_value(client: Client, pipeline: Pipeline) -> None:
    text = status_text(client, scenes.rejected(pipeline))
    assert "Your files were not accepted" in text
    assert "e-mail address, 17 times: line 2, line 9, line 40, …" in text
    assert "a person's name, once: line 3" in text
    assert "harmful content (Eicar-Test), once" in text


@pytest.mark.parametrize("scene", [scenes.held, scenes.rejected, scenes.released])
def test_the_history_does_not_repeat_what_the_check_found(
    client: Client, pipeline: Pipeline, scene: Callable[[Pipeline], Job]
) -> None:
    job = scene(pipeline)
    why = job.transitions.get(old=State.SCANNING).reason
    text = status_text(client, job)
    assert why
    assert why not in text[text.index("What happened so far") :]


def test_only_a_policy_says_what_is_never_accepted(client: Client, pipeline: Pipeline) -> None:
    assert "is not accepted here" in status_text(client, scenes.unreadable(pipeline))
    for scene in (scenes.refused, scenes.rejected):
        assert "is not accepted here" not in status_text(client, scene(pipeline))


def test_the_rejected_read_when_their_files_are_deleted(client: Client, pipeline: Pipeline) -> None:
    job = scenes.rejected(pipeline)
    assert "They were not used and are being deleted." in status_text(client, job)
    job.save_fields(inputs_deleted_at=timezone.now())
    assert "They were not used and are deleted." in status_text(client, job)


def test_what_was_found_bears_no_mark_of_what_is_well(client: Client, pipeline: Pipeline) -> None:
    job = scenes.held(pipeline)
    summary = summary_of(job)
    assert summary is not None
    expected = [bool(cover.found.files) for cover in summary.covers]
    page = read(client.get(f"/j/{job.status_token}/"))
    assert ["found" in str(cover["class"]).split() for cover in page.all("dd")] == expected
    assert any(expected)


def test_a_persons_decision_is_shown_beside_the_findings(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.held(pipeline)
    job.move_to(State.REJECTED, "These are real patients.", actor="ada")
    text = status_text(client, job)
    assert text.count("These are real patients.") == 2  # on top, and in the history


def test_the_held_read_the_names_of_their_files_and_no_request_to_send_them_again(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.arrived(pipeline, State.SCANNING)
    seen = "seems to hold an e-mail address, once (line 2)"
    job.move_to(State.HELD, f"File 1 {seen}. {ADVICE} File 9 was only partly checked.")
    text = status_text(client, job)
    assert f"“Grüße, Olga.csv” {seen}. File 9 was" in text
    assert "send it again" not in text
    assert "need to do nothing" in text


def test_the_rejected_are_asked_to_send_them_again(client: Client, pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.SCANNING)
    job.move_to(State.REJECTED, f"File 2 seems to hold a virus. {ADVICE}")
    page = read(client.get(f"/j/{job.status_token}/"))
    assert f"“<script>alert(1)</script>\ufffdcod.exe” seems to hold a virus. {ADVICE}" in page.text
    assert "/p/word-count/" in [link.get("href") for link in page.all("a")]

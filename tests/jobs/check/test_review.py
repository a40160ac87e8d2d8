"""Review: who decides about a held job sees what there is to know, and no value; one decides."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from jobs.check.review import MOST_FILES, review_of
from jobs.models import FileScan, Finding, Job
from jobs.states import State
from jobs.steps.decide import TooLate, decide
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.steps.following import fresh
from tests.jobs.test_admin import press
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada_at_desk(ada: User) -> Client:
    """Ada, logged in, with what a PI may do with jobs."""
    ada.user_permissions.set(Permission.objects.filter(content_type__model="job"))
    client = Client()
    client.force_login(ada)
    return client


def page_of(client: Client, job: Job) -> Any:
    return client.get(f"/admin/jobs/job/{job.pk}/change/")


def test_her_pi_sees_kind_place_number_coverage_versions_and_what_follows(
    ada_at_desk: Client, pipeline: Pipeline
) -> None:
    page = page_of(ada_at_desk, scenes.held(pipeline)).content.decode()
    for text in (
        "1. Grüße, Olga.csv",
        "an e-mail address, 17 times: line 2, line 9, line 40, …",
        "(certainty 100%)",
        "looked at 2 GB of 48 GB: it is so large that it was checked piece by piece",
        "there is no reader for files of its kind",
        "(read as text)",
        "clamav 1.4.6, signatures 27300 of 2026-11-24",
        "holds the job",
        'name="decision" value="release"',
    ):
        assert text in page
    assert "\u202e" not in page


def test_the_seed_of_samples_is_shown_and_what_only_warns(
    ada_at_desk: Client, pipeline: Pipeline
) -> None:
    page = page_of(ada_at_desk, scenes.checked(pipeline)).content.decode()
    assert "seed 4711" in page
    assert "possibly a telephone number, once: packed file 3, line 2" in page
    assert "(certainty 40%)" in page
    assert "a warning" in page
    assert 'value="release"' not in page


def test_the_page_says_in_one_place_what_the_check_found(
    ada_at_desk: Client, pipeline: Pipeline
) -> None:
    job = scenes.held(pipeline)
    assert page_of(ada_at_desk, job).context["why"] == ""
    job.move_to(State.REJECTED, "These are patients.", actor="ada")
    assert page_of(ada_at_desk, job).context["why"] == "These are patients."


def test_a_stranger_finds_no_review_and_decides_nothing(pipeline: Pipeline) -> None:
    job = scenes.held(pipeline)
    eve = User.objects.create_user("eve", is_staff=True)
    eve.user_permissions.set(Permission.objects.filter(content_type__model="job"))
    client = Client()
    client.force_login(eve)
    assert page_of(client, job).status_code == 404
    assert press(client, job, "release", "mine").status_code == 404
    assert fresh(job).state == State.HELD


def test_her_pi_releases_and_the_timeline_names_her(
    ada_at_desk: Client, pipeline: Pipeline
) -> None:
    job = scenes.held(pipeline)
    press(ada_at_desk, job, "release", "These are test data.")
    last = job.transitions.last()
    assert last is not None
    assert (last.new, last.actor, last.reason) == ("clean", "ada", "These are test data.")
    page = page_of(ada_at_desk, job).content.decode()
    assert "These are test data." in page
    assert 'value="release"' not in page
    assert "held the job" in page
    assert "holds the job</" not in page


@pytest.mark.parametrize(("second", "state"), [("reject", "rejected"), ("release", "clean")])
def test_of_two_who_decide_the_second_is_told_what_the_first_did(
    ada_at_desk: Client, sam: User, pipeline: Pipeline, second: str, state: str
) -> None:
    job = scenes.held(pipeline)
    first = "release" if second == "reject" else "reject"
    sams = Client()
    sams.force_login(sam)
    press(sams, job, first, "Seen on the telephone.")
    page = press(ada_at_desk, job, second, "I think otherwise.").content.decode()
    assert "Too late: sam has decided" in page
    assert "Seen on the telephone." in page
    assert fresh(job).state != state
    assert "I think otherwise." not in [move.reason for move in job.transitions.all()]


def test_of_two_who_decide_at_the_same_moment_one_does(pipeline: Pipeline) -> None:
    """Both read the row while it was held; the guarded update lets one of them through."""
    job = scenes.held(pipeline)
    mine, yours = fresh(job), fresh(job)
    decide(mine, State.CLEAN, "Fine.", actor="ada")
    with pytest.raises(TooLate):
        decide(yours, State.REJECTED, "Not fine.", actor="sam")
    assert [move.new for move in job.transitions.all()][-2:] == ["held", "clean"]


def test_of_an_upload_of_thousands_those_are_shown_that_matter(pipeline: Pipeline) -> None:
    job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)] * 300)
    walk_to(job, State.HELD)
    files = list(job.upload.files.all())
    FileScan.objects.bulk_create(
        FileScan(
            job=job, file=file, scanner="presidio", coverage="complete", scanned_bytes=1
        )
        for file in files
    )  # fmt: skip
    Finding.objects.create(
        job=job, file=files[-1], scanner="presidio", entity="PERSON", count=1, score=1.0
    )
    review = review_of(job)
    assert review is not None
    assert [row.file for row in review.rows] == ["300. a.txt"]
    assert review.not_shown == 299
    job.findings.all().delete()
    review = review_of(job)
    assert review is not None
    assert (len(review.rows), review.not_shown) == (MOST_FILES, 100)


def test_before_the_check_there_is_nothing_to_review(pipeline: Pipeline) -> None:
    assert review_of(scenes.arrived(pipeline, State.SCANNING)) is None

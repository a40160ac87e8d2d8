"""What the status page says of an expected start, and when it says nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from jobs.states import State
from pipelines.models import Cluster, Pipeline
from tests.jobs import scenes
from tests.jobs.pages import read

pytestmark = pytest.mark.django_db
SAID = "The cluster expects to start it by about"


def page_says(client: Client, job: Job) -> bool:
    return SAID in read(client.get(f"/j/{job.status_token}/")).text


@pytest.fixture
def expected(pipeline: Pipeline) -> Job:
    """Olga's job, which waits and is expected to start in three hours."""
    return scenes.expected(pipeline)


def test_the_waiting_learn_when_their_job_is_expected_to_start(
    client: Client, expected: Job
) -> None:
    page = read(client.get(f"/j/{expected.status_token}/"))
    assert f"Other jobs are ahead of yours. {SAID}" in page.text
    start = expected.expected_start_at
    assert start
    assert start.isoformat() in [one["datetime"] for one in page.all("time")]


@pytest.mark.parametrize(
    "change",
    [
        {"expected_start_at": None},
        {"expected_start_at": timezone.now() - timedelta(minutes=1)},
        {"slurm_reason": "JobHeldAdmin"},
        {"reason": "It was put on hold.", "fruitless_starts": 10},
        {"waiting_for": "The cluster does not answer."},
    ],
)
def test_what_is_unknown_past_or_in_doubt_is_not_promised(
    client: Client, expected: Job, change: dict[str, Any]
) -> None:
    assert page_says(client, expected)
    expected.save_fields(**change)
    assert not page_says(client, expected)


def test_what_an_old_look_told_is_not_promised(client: Client, expected: Job) -> None:
    Cluster.objects.update(polled_at=timezone.now() - timedelta(minutes=30))
    assert not page_says(client, expected)
    Cluster.objects.update(polled_at=None)
    assert not page_says(client, expected)


def test_what_runs_is_not_expected(client: Client, expected: Job) -> None:
    expected.move_to(State.RUNNING, "Running on node7.")
    assert not page_says(client, expected)


def test_the_page_that_is_open_learns_that_the_time_has_passed(
    client: Client, expected: Job
) -> None:
    url = f"/j/{expected.status_token}/live"
    tag = {"If-None-Match": client.get(url)["ETag"]}
    assert client.get(url, headers=tag).status_code == 304
    Cluster.objects.update(polled_at=timezone.now() - timedelta(minutes=30))
    assert client.get(url, headers=tag).status_code == 200


def test_staff_see_it_on_the_jobs_page(admin_client: Client, expected: Job) -> None:
    page = admin_client.get(reverse("admin:jobs_job_change", args=[expected.pk]))
    assert "Expected start" in page.content.decode()

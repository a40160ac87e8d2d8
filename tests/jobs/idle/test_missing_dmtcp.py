"""A job that needs DMTCP waits where there is none, and everybody is told in their own words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.utils import timezone

from backends.memory import MemoryCluster
from backends.memory.cluster import HEALTHY
from jobs import alarms, tasks
from jobs.idle import partition
from jobs.models import Alarm, Job
from jobs.states import State
from pipelines.models import Cluster
from tests.jobs.pages import status_text
from tests.walk import walk_to

pytestmark = pytest.mark.django_db
WITH_DMTCP = replace(HEALTHY, dmtcp="5.0")


@pytest.fixture
def clean_job(uploaded_job: Job, site: MemoryCluster) -> Job:
    """Olga's job, accepted; its pipeline asks for DMTCP."""
    job = walk_to(uploaded_job, State.CLEAN)
    Job.objects.filter(pk=job.pk).update(settings={**job.settings, "uses_dmtcp": True})
    return job


def hand_in(job: Job) -> Job:
    """What a worker does when the job is due."""
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    tasks.submit(str(job.pk))
    return Job.objects.get(pk=job.pk)


def test_a_job_that_asks_for_dmtcp_is_not_handed_in_where_there_is_none(
    clean_job: Job, site: MemoryCluster
) -> None:
    job = hand_in(clean_job)

    assert (job.state, site.jobs_made()) == (State.SUBMITTING, [])
    assert job.waiting_for.startswith("DMTCP is not there on the cluster “campus”.")


def test_it_is_handed_in_where_there_is_one(clean_job: Job, site: MemoryCluster) -> None:
    site.looks = WITH_DMTCP

    assert hand_in(clean_job).state == State.PENDING


def test_it_goes_on_when_dmtcp_was_installed(clean_job: Job, site: MemoryCluster) -> None:
    hand_in(clean_job)
    partition.keep_survey(Cluster.objects.get(), WITH_DMTCP)

    assert hand_in(clean_job).state == State.PENDING


def test_staff_are_told_and_told_when_it_is_over(clean_job: Job, site: MemoryCluster) -> None:
    hand_in(clean_job)
    alarms.look()
    assert "1 job(s) wait, for their pipeline asks for DMTCP." in Alarm.objects.get().text
    partition.keep_survey(Cluster.objects.get(), WITH_DMTCP)
    hand_in(clean_job)
    alarms.look()

    assert Alarm.objects.get().ended_at


def test_olga_is_told_in_plain_words(clean_job: Job, site: MemoryCluster, client: Client) -> None:
    text = status_text(client, hand_in(clean_job))

    assert "lacks a program that your job needs" in text
    assert "DMTCP" not in text

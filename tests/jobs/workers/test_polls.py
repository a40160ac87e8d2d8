"""Who looks at a cluster when: one at a time, and closer together while something happens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from backends.base import Phase, SiteSurvey
from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.models import Job
from jobs.states import State
from jobs.steps.receive import announce
from jobs.workers import polls
from pipelines.models import Cluster, Pipeline
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def seconds(cluster: Cluster, **fields: object) -> float:
    """The pause after a look at a cluster with these fields."""
    for name, value in fields.items():
        setattr(cluster, name, value)
    return polls.seconds_to_next_look(cluster)


@pytest.fixture(autouse=True)
def _limits(settings: Settings) -> None:
    settings.POLL_FASTEST_S, settings.POLL_SLOWEST_S = 5, 60


def test_looks_come_close_together_when_something_has_just_happened(cluster: Cluster) -> None:
    assert seconds(cluster, stirred_at=timezone.now()) < 6


def test_looks_come_rarely_where_nothing_happens(cluster: Cluster) -> None:
    quiet = seconds(cluster, stirred_at=timezone.now() - 5 * MINUTE)
    assert 20 < quiet < 40
    assert 50 < seconds(cluster, stirred_at=timezone.now() - 600 * MINUTE) < 70


def test_looks_are_closer_than_slurmctld_forgets(cluster: Cluster) -> None:
    long_ago = timezone.now() - 600 * MINUTE
    assert seconds(cluster, stirred_at=long_ago, min_job_age_s=60) < 23


def test_a_cluster_that_does_not_answer_is_asked_more_rarely_with_time(cluster: Cluster) -> None:
    now = timezone.now()
    fields = {"poll_error": "It does not answer.", "stirred_at": now}
    assert seconds(cluster, polled_at=now - timedelta(seconds=10), **fields) < 6
    assert seconds(cluster, polled_at=now - 5 * MINUTE, **fields) > 20


def test_only_one_looks_at_a_time(cluster: Cluster) -> None:
    assert polls.claim(cluster.pk) is not None
    assert polls.claim(cluster.pk) is None


def test_a_look_that_broke_off_is_made_again_when_its_claim_has_ended(cluster: Cluster) -> None:
    dead = polls.claim(cluster.pk)
    assert dead is not None
    Cluster.objects.update(poll_lease_until=timezone.now() - MINUTE)
    assert polls.claim(cluster.pk) is not None
    assert not polls.renew(dead)
    polls.release(dead, poll_error="from the dead")
    cluster.refresh_from_db()
    assert cluster.poll_lease_until is not None
    assert cluster.poll_error == ""


def test_a_job_that_was_just_handed_in_is_looked_for_soon(
    job: Job, cluster: Cluster, site: MemoryCluster
) -> None:
    later = timezone.now() + 5 * MINUTE
    Cluster.objects.update(poll_due_at=later)
    walk_to(job, State.CLEAN)
    tasks.submit(str(job.pk))
    cluster.refresh_from_db()
    assert cluster.poll_due_at is not None
    assert cluster.poll_due_at < later
    assert cluster.stirred_at is not None


def test_a_look_that_brings_no_news_reads_no_job_and_writes_none(
    job: Job, site: MemoryCluster, store: MemoryStore, django_assert_max_num_queries: object
) -> None:
    walk_to(job, State.CLEAN)
    tasks.submit(str(job.pk))
    site.start(job.key)
    tasks.track(job.cluster_id)
    seen = Job.objects.get(pk=job.pk)
    with django_assert_max_num_queries(8) as queries:  # type: ignore[operator]
        tasks.track(job.cluster_id)
    assert not [q for q in queries.captured_queries if 'UPDATE "jobs_job"' in q["sql"]]
    assert Job.objects.get(pk=job.pk).changed_at == seen.changed_at
    cluster = Cluster.objects.get()
    assert cluster.polled_at is not None
    assert cluster.poll_lease_until is None


def test_a_bug_met_while_tracking_one_job_is_told_and_is_an_alarm(
    job: Job, site: MemoryCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk_to(job, State.CLEAN)
    tasks.submit(str(job.pk))
    site.start(job.key)

    def stumble(*arguments: object) -> None:
        raise KeyError

    monkeypatch.setattr("jobs.steps.track.follow", stumble)
    tasks.track(job.cluster_id)
    assert "stumbled" in Job.objects.get().waiting_for


def test_the_first_look_learns_how_soon_slurmctld_forgets(
    job: Job, site: MemoryCluster, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "survey", lambda: SiteSurvey(min_job_age_s=90))
    walk_to(job, State.CLEAN)
    tasks.submit(str(job.pk))
    tasks.track(job.cluster_id)
    assert Cluster.objects.get().min_job_age_s == 90
    monkeypatch.setattr(site, "survey", lambda: 1 / 0)  # later looks ask no more
    tasks.track(job.cluster_id)
    assert Cluster.objects.get().poll_error == ""


def test_another_reason_to_wait_is_noted_for_all_jobs_at_once(
    pipeline: Pipeline, site: MemoryCluster, django_assert_max_num_queries: object
) -> None:
    for _ in range(20):
        job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)])
        walk_to(job, State.CLEAN)
        tasks.submit(str(job.pk))
    tasks.track(job.cluster_id)
    for made in Job.objects.all():
        site._show(made.key, Phase.WAITING, "PENDING", reason="PartitionDown")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        tasks.track(job.cluster_id)
    reasons = set(Job.objects.values_list("slurm_reason", flat=True))
    assert reasons == {"PartitionDown"}

"""No job is handed in where jobs do not give way, and all go on when that is mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backends.base import ClusterError, Idle, Partition, SiteSurvey
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
CAMPUS = Partition("campus", "UP", "OFF", 10)
CANCEL = replace(HEALTHY, partition=Partition("restart", "UP", "CANCEL", 1, (CAMPUS,)))
GREEDY = replace(HEALTHY, partition=Partition("restart", "UP", "REQUEUE", 20, (CAMPUS,)))


@pytest.fixture
def clean_job(uploaded_job: Job, site: MemoryCluster) -> Job:
    """Olga's job, accepted."""
    return walk_to(uploaded_job, State.CLEAN)


def hand_in(job: Job) -> Job:
    """What a worker does when the job is due."""
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    tasks.submit(str(job.pk))
    return Job.objects.get(pk=job.pk)


def pass_time(**times: float) -> None:
    """The last look at the partition is so much longer ago."""
    for row in Cluster.objects.exclude(partition_seen_at=None):
        assert row.partition_seen_at
        row.partition_seen_at = row.partition_seen_at - timedelta(**times)
        row.save(update_fields=["partition_seen_at"])


class Mute(MemoryCluster):
    """Jobs are taken, but nothing is told."""

    def survey(self) -> SiteSurvey:
        raise ClusterError("No answer within 40 s.", transient=True)


def reached(monkeypatch: pytest.MonkeyPatch, port: MemoryCluster) -> MemoryCluster:
    monkeypatch.setattr("jobs.tasks.cluster_port", lambda row: port)
    return port


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        (CANCEL, "Jobs in restart do not give way to others (PreemptMode=CANCEL)."),
        (GREEDY, "Nobody goes before jobs in restart: none has a PriorityTier above 20"),
        (replace(HEALTHY, has_partition=False, partition=None), "There is no partition restart."),
    ],
    ids=["cancel", "greedy", "not-there"],
)
def test_a_partition_that_does_not_give_way_gets_no_job(
    clean_job: Job, site: MemoryCluster, looks: SiteSurvey, words: str
) -> None:
    site.looks = looks
    job = hand_in(clean_job)
    assert (job.state, site.jobs_made(), site.files) == (State.SUBMITTING, [], {})
    assert job.waiting_for.startswith(partition.REFUSED)
    assert words in job.waiting_for
    assert words in Cluster.objects.get().partition_fault


def test_the_job_goes_on_by_itself_when_the_partition_is_mended(
    clean_job: Job, site: MemoryCluster
) -> None:
    site.looks = CANCEL
    hand_in(clean_job)
    site.looks = HEALTHY
    assert hand_in(clean_job).state == State.SUBMITTING  # looked at a moment ago
    pass_time(minutes=2)
    assert hand_in(clean_job).state == State.PENDING
    assert Cluster.objects.get().partition_fault == ""


def test_a_verdict_about_the_partition_of_before_is_none_about_the_new_one(
    clean_job: Job, site: MemoryCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change_meanwhile() -> SiteSurvey:
        Cluster.objects.update(partition="campus")
        return HEALTHY

    monkeypatch.setattr(site, "survey", change_meanwhile)
    hand_in(clean_job)
    row = Cluster.objects.get()
    assert (row.partition_seen_at, row.idle_seen_at) == (None, None)


def test_whoever_finds_it_mended_wakes_all_that_wait_for_it(
    clean_job: Job, site: MemoryCluster, cluster: Cluster
) -> None:
    site.looks = CANCEL
    later = hand_in(clean_job).due_at
    row = Cluster.objects.get()
    partition.keep_survey(row, HEALTHY)
    assert Job.objects.get().due_at < later


def test_a_good_verdict_counts_for_a_quarter_of_an_hour(
    clean_job: Job, site: MemoryCluster
) -> None:
    assert hand_in(clean_job).state == State.PENDING
    site.looks = GREEDY
    row = Cluster.objects.get()
    partition.ensure_gives_way(row, site)
    pass_time(minutes=16)
    with pytest.raises(ClusterError, match="Nobody goes before"):
        partition.ensure_gives_way(Cluster.objects.get(), site)


def test_staff_are_told_and_told_when_it_is_over(clean_job: Job, site: MemoryCluster) -> None:
    site.looks = CANCEL
    hand_in(clean_job)
    alarms.look()
    alarm = Alarm.objects.get()
    assert alarm.text.startswith("1 job(s) wait: none is handed in to “restart”")
    assert "Ask the cluster's people for a partition with PreemptMode=REQUEUE" in alarm.text
    site.looks = HEALTHY
    pass_time(minutes=2)
    hand_in(clean_job)
    alarms.look()
    assert Alarm.objects.get().ended_at


def test_olga_is_told_in_plain_words(clean_job: Job, site: MemoryCluster, client: Client) -> None:
    site.looks = CANCEL
    text = status_text(client, hand_in(clean_job))
    assert "may only use computers that nobody else needs" in text
    assert "PreemptMode" not in text


def test_a_cluster_that_was_never_looked_at_gets_no_job_unseen(
    clean_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = reached(monkeypatch, Mute())
    job = hand_in(clean_job)
    assert (job.state, job.waiting_for) == (State.SUBMITTING, "No answer within 40 s.")
    # Asked again too soon it would only keep the next job waiting for as long.
    assert "did not tell" in hand_in(clean_job).waiting_for
    assert port.jobs_made() == []


@pytest.mark.parametrize(
    ("ago", "state"), [({"hours": 2}, State.PENDING), ({"hours": 25}, State.SUBMITTING)]
)
def test_where_no_answer_comes_the_last_verdict_counts_for_a_day(
    clean_job: Job, monkeypatch: pytest.MonkeyPatch, ago: dict[str, int], state: State
) -> None:
    Cluster.objects.update(partition_seen_at=timezone.now())
    pass_time(**ago)
    reached(monkeypatch, Mute())
    assert hand_in(clean_job).state == state


def test_a_bad_verdict_counts_too_where_no_answer_comes(
    clean_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    Cluster.objects.update(partition_seen_at=timezone.now(), partition_fault="It is greedy.")
    pass_time(hours=2)
    reached(monkeypatch, Mute())
    assert "It is greedy." in hand_in(clean_job).waiting_for


def test_what_the_cluster_does_not_tell_is_asked_for(clean_job: Job, site: MemoryCluster) -> None:
    site.looks = replace(HEALTHY, preempt_type=None)
    job = hand_in(clean_job)
    assert job.state == State.SUBMITTING
    assert "does not tell who gives way to whom" in job.waiting_for
    assert Cluster.objects.get().partition_seen_at is None


def test_a_slurmctld_that_is_down_is_not_taken_for_one_that_hides_something(
    clean_job: Job, site: MemoryCluster
) -> None:
    mute = {"scontrol": "Unable to contact slurm controller"}
    site.looks = replace(HEALTHY, mute=mute, has_partition=None, partition=None)
    assert hand_in(clean_job).waiting_for == (
        "scontrol did not answer: Unable to contact slurm controller"
    )


def test_a_page_that_is_looked_at_finds_the_partition_mended(cluster: Cluster) -> None:
    port = MemoryCluster()
    Cluster.objects.update(partition_fault="It was greedy.", partition_seen_at=timezone.now())
    partition.look_for_idle(Cluster.objects.get(), port)
    assert Cluster.objects.get().partition_fault
    pass_time(minutes=2)
    partition.look_for_idle(Cluster.objects.get(), port)
    assert Cluster.objects.get().partition_fault == ""


def test_this_machine_is_not_asked_for_a_partition(cluster: Cluster) -> None:
    cluster.kind = Cluster.Kind.LOCAL
    partition.ensure_gives_way(cluster, Mute())


def test_a_survey_is_kept_and_what_it_did_not_learn_stays(cluster: Cluster) -> None:
    partition.keep_survey(cluster, replace(HEALTHY, dmtcp="3.0.0"))
    partition.keep_survey(cluster, SiteSurvey())
    row = Cluster.objects.get()
    assert (row.min_job_age_s, row.dmtcp_version) == (300, "3.0.0")
    assert (row.idle_nodes, row.idle_cpus, row.idle_alike) == (4, 16, [[4, 4, 4000]])
    assert row.partition_seen_at
    partition.keep_survey(cluster, HEALTHY)
    assert Cluster.objects.get().dmtcp_version == ""


def test_what_is_idle_is_asked_once_a_minute(cluster: Cluster, settings: Any) -> None:
    port = MemoryCluster()
    partition.look_for_idle(cluster, port)
    later = timezone.now() + timedelta(hours=1)
    port.looks = replace(HEALTHY, idle=Idle(0, 0, expected_start=later))
    partition.look_for_idle(cluster, port)
    assert Cluster.objects.get().idle_nodes == 4
    settings.IDLE_LOOK_S = 0
    partition.look_for_idle(cluster, port)
    row = Cluster.objects.get()
    assert (row.idle_nodes, row.idle_cpus, row.idle_alike) == (0, 0, [])
    assert row.expected_start_at == later


def test_a_cluster_that_does_not_answer_leaves_what_was_idle(cluster: Cluster) -> None:
    port = MemoryCluster()
    partition.look_for_idle(cluster, port)
    Cluster.objects.update(idle_seen_at=timezone.now() - timedelta(hours=1))
    port.go_down()
    partition.look_for_idle(Cluster.objects.get(), port)
    assert Cluster.objects.get().idle_nodes == 4

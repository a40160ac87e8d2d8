"""On a real Slurm: no job gets into a partition whose jobs do not give way to all others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from backends.base import ClusterError
from backends.memory import MemoryStore
from backends.slurm import SlurmCluster
from deploy.testbed import control
from deploy.testbed.slurm_config import CAMPUS, CANCEL, GRACE, GREEDY, RESTART
from jobs.idle.partition import AGAIN_S, REFUSED, keep_survey
from jobs.models import Job
from jobs.states import State
from jobs.steps.submit import submit
from pipelines.models import Cluster
from tests.backends.cluster_beds import SlurmBed
from tests.walk import walk_to

pytestmark = [pytest.mark.live, pytest.mark.timeout(900), pytest.mark.django_db]


def into(job: Job, partition: str) -> Job:
    """The accepted job, on its way into this partition."""
    Cluster.objects.update(partition=partition)
    return walk_to(Job.objects.get(pk=job.pk), State.SUBMITTING)


@pytest.mark.parametrize(
    ("partition", "words"),
    [
        (CANCEL, "do not give way to others (PreemptMode=CANCEL)"),
        (GREEDY, "none has a PriorityTier above 20"),
        (CAMPUS, "do not give way to others (PreemptMode=OFF)"),
        ("restrat", "There is no partition restrat"),
    ],
)
def test_submit_refuses_a_partition_without_requeue_and_one_that_outranks_others(
    uploaded_job: Job, slurm_bed: SlurmBed, store: MemoryStore, partition: str, words: str
) -> None:
    job = into(uploaded_job, partition)
    with pytest.raises(ClusterError) as caught:
        submit(job, store=store, cluster=SlurmCluster(slurm_bed.site(partition=partition)))
    assert caught.value.transient
    assert words in caught.value.message
    assert slurm_bed.ids_of(job.key) == set()
    assert words in Cluster.objects.get().partition_fault


@pytest.mark.parametrize("partition", [RESTART, GRACE])
def test_submit_hands_in_to_a_partition_that_gives_way(
    uploaded_job: Job, slurm_bed: SlurmBed, store: MemoryStore, partition: str
) -> None:
    job = into(uploaded_job, partition)
    slurm_bed.keys.append(job.key)
    submit(job, store=store, cluster=SlurmCluster(slurm_bed.site(partition=partition)))
    assert job.state == State.PENDING
    assert slurm_bed.ids_of(job.key) == {job.slurm_id}


@contextmanager
def changed(partition: str, setting: str, usual: str) -> Iterator[None]:
    """The cluster's operator changes the partition, for a while."""
    control.slurm("scontrol", "update", f"PartitionName={partition}", setting)
    try:
        yield
    finally:
        control.slurm("scontrol", "update", f"PartitionName={partition}", usual)


def test_a_partition_that_is_changed_between_look_and_submit_gets_no_job(
    uploaded_job: Job, slurm_bed: SlurmBed, store: MemoryStore
) -> None:
    job = into(uploaded_job, RESTART)
    slurm_bed.keys.append(job.key)
    keep_survey(job.cluster, slurm_bed.cluster.survey())
    assert job.cluster.partition_fault == ""
    with changed(RESTART, "PreemptMode=CANCEL", "PreemptMode=REQUEUE"):
        with pytest.raises(ClusterError, match="its PreemptMode is CANCEL now") as caught:
            submit(job, store=store, cluster=slurm_bed.cluster)
        assert caught.value.transient
        assert slurm_bed.ids_of(job.key) == set()
    submit(job, store=store, cluster=slurm_bed.cluster)
    assert job.state == State.PENDING


def test_the_job_goes_on_when_the_operator_has_mended_the_partition(
    uploaded_job: Job, slurm_bed: SlurmBed, store: MemoryStore
) -> None:
    job = into(uploaded_job, RESTART)
    slurm_bed.keys.append(job.key)
    greedy = changed(RESTART, "PriorityTier=20", "PriorityTier=1")
    with greedy, pytest.raises(ClusterError, match=REFUSED):
        submit(job, store=store, cluster=slurm_bed.cluster)
    _let_a_minute_pass()
    submit(Job.objects.get(pk=job.pk), store=store, cluster=slurm_bed.cluster)
    assert Job.objects.get(pk=job.pk).state == State.PENDING


def _let_a_minute_pass() -> None:
    ago = timezone.now() - timedelta(seconds=AGAIN_S)
    Cluster.objects.update(partition_seen_at=ago)

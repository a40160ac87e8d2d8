"""A cluster is not moved away from under its jobs."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from jobs.states import State
from pipelines.models import Cluster
from tests.walk import walk_to

pytestmark = pytest.mark.django_db
MOVES = {
    "kind": "local", "host": "new.uni.example", "port": 2222, "user": "other", "scratch": "/new",
}  # fmt: skip


@pytest.fixture
def home(uploaded_job: Job) -> Cluster:
    """The cluster of a job that runs there."""
    walk_to(uploaded_job, State.RUNNING)
    return Cluster.objects.get(pk=uploaded_job.cluster_id)


@pytest.mark.parametrize("field", MOVES)
def test_the_address_stays_while_a_job_has_a_directory_there(home: Cluster, field: str) -> None:
    setattr(home, field, MOVES[field])
    with pytest.raises(ValidationError, match="1 job has its directory") as caught:
        home.clean()
    assert list(caught.value.message_dict) == [field]


@pytest.mark.parametrize("field", MOVES)
def test_the_address_may_change_when_all_is_cleaned_up(home: Cluster, field: str) -> None:
    home.jobs.update(scratch_removed_at=timezone.now())
    setattr(home, field, MOVES[field])
    home.clean()


def test_an_ended_job_counts_until_its_directory_is_gone(uploaded_job: Job) -> None:
    walk_to(uploaded_job, State.RUNNING)
    uploaded_job.move_to(State.FAILED, "The code failed.")
    home = Cluster.objects.get(pk=uploaded_job.cluster_id)
    home.host = "new.uni.example"
    with pytest.raises(ValidationError):
        home.clean()


def test_a_job_that_was_never_accepted_has_nothing_there(uploaded_job: Job) -> None:
    home = uploaded_job.cluster
    home.host = "new.uni.example"
    home.clean()


def test_what_is_no_address_may_change_at_any_time(home: Cluster) -> None:
    home.partition, home.key_name, home.is_open, home.name = "idle", "new", False, "hpc"
    home.clean()


def test_the_name_of_a_cluster_on_this_machine_is_a_part_of_its_address(home: Cluster) -> None:
    Cluster.objects.filter(pk=home.pk).update(kind=Cluster.Kind.LOCAL)
    home.refresh_from_db()
    home.name = "renamed"
    with pytest.raises(ValidationError):
        home.clean()


def test_who_edits_it_in_the_admin_reads_what_to_do(
    client: Client, sam: User, home: Cluster
) -> None:
    client.force_login(sam)
    url = reverse("admin:pipelines_cluster_change", args=[home.pk])
    fields = ("name", "kind", "port", "user", "host_key", "key_name", "partition", "scratch")
    data = {name: getattr(home, name) for name in (*fields, "python")}
    page = client.post(url, data | {"host": "new.uni.example"}).content.decode()
    assert "add the new address as another cluster" in page
    home.refresh_from_db()
    assert home.host == "login.uni.example"

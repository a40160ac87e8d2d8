"""A cluster that never comes back: what is owed there is closed, and said to be unproved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from backends.memory import MemoryCluster, MemoryStore
from jobs import alarms, reasons, tasks
from jobs.doctor.cluster import checks
from jobs.gone.acts import InUse, give_up
from jobs.held import figures
from jobs.models import Alarm, Job, Removal
from jobs.new_job import ClusterIsGone
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Cluster, Pipeline
from tests.jobs.gone.given_up import WHY, expire_now, text_of
from tests.jobs.steps.following import fresh
from tests.walk import walk_to
from uploads.models import Upload
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db


def test_what_is_owed_is_closed_and_not_called_deleted(
    owing_job: Job, cluster: Cluster, store: MemoryStore
) -> None:
    give_up(cluster, actor="sam", why=WHY)
    tasks.expire(str(owing_job.pk))
    job = fresh(owing_job)
    assert (job.waiting_for, job.outages, job.scratch_removed_at) == ("", 0, None)
    assert job.due_at > timezone.now() + timedelta(minutes=1)
    (row,) = job.removals.filter(what=Removal.What.UNPROVED)
    assert row.objects_removed == 0
    assert not Job.objects.owing_clusters().exists()


def test_it_is_noted_once_and_the_job_comes_to_its_end(
    owing_job: Job, cluster: Cluster, store: MemoryStore
) -> None:
    give_up(cluster, actor="sam", why=WHY)
    expire_now(owing_job)
    Job.objects.update(signed_until=timezone.now() - timedelta(hours=1))
    job = expire_now(owing_job)
    assert job.cleared_at
    assert job.due_at > timezone.now() + timedelta(days=1000)
    assert job.removals.filter(what=Removal.What.UNPROVED).count() == 1


def test_directories_that_were_seen_there_do_not_keep_it_waiting(
    owing_job: Job, cluster: Cluster
) -> None:
    Removal.objects.create(job=owing_job, what=Removal.What.SCRATCH, objects_left=2)
    give_up(cluster, actor="sam", why=WHY)
    assert expire_now(owing_job).waiting_for == ""


def test_a_result_stays_for_its_time_though_the_cluster_is_gone(
    pending_job: Job, cluster: Cluster, site: MemoryCluster
) -> None:
    site.go_down()
    pending_job.move_to(State.RUNNING)
    pending_job.move_to(State.COMPLETED)
    end = timezone.now() + timedelta(days=14)
    pending_job.move_to(State.DELIVERED, expires_at=end)
    Pipeline.objects.update(is_open=False)
    give_up(cluster, actor="sam", why=WHY)
    job = expire_now(pending_job)
    assert (job.state, job.results_deleted_at) == (State.DELIVERED, None)
    Job.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert expire_now(job).state == State.EXPIRED


def test_a_job_that_was_cleared_before_is_not_called_unproved(
    pending_job: Job, cluster: Cluster, site: MemoryCluster
) -> None:
    pending_job.move_to(State.CANCELLED, "Olga cancelled it.")
    assert expire_now(pending_job).scratch_removed_at
    Pipeline.objects.update(is_open=False)
    give_up(cluster, actor="sam", why=WHY)
    Job.objects.update(signed_until=timezone.now() - timedelta(days=1))
    Job.objects.update(ended_at=timezone.now() - timedelta(days=1))
    assert expire_now(pending_job).cleared_at
    assert not Removal.objects.filter(what=Removal.What.UNPROVED).exists()


def test_the_collaborator_reads_that_nobody_can_prove_it(
    owing_job: Job, cluster: Cluster, client: Client
) -> None:
    give_up(cluster, actor="sam", why=WHY)
    expire_now(owing_job)
    page = text_of(client, f"/j/{owing_job.status_token}/")
    assert "nobody can prove that what the job had there is deleted" in page
    assert "Your files are deleted." in page
    assert "So nobody can prove that what the job had there is deleted." in page
    assert "Nothing of it runs any more" not in page
    assert "being deleted" not in page
    assert WHY not in page


def test_staff_read_it_with_who_said_so_and_why(
    owing_job: Job, cluster: Cluster, client: Client, sam: User
) -> None:
    give_up(cluster, actor="sam", why=WHY)
    expire_now(owing_job)
    client.force_login(sam)
    job_page = text_of(client, f"/admin/jobs/job/{owing_job.pk}/change/")
    assert f"not proved: campus was given up by sam. {WHY}" in job_page
    held = text_of(client, "/admin/held/")
    assert "campus is gone for good: what one job had there is not proved to be deleted" in held
    assert figures.on_clusters(Pipeline.objects.all()) == []
    cluster_page = text_of(client, f"/admin/pipelines/cluster/{cluster.pk}/change/")
    assert WHY in cluster_page
    assert "What one job had there is not proved" in cluster_page


def test_what_is_owed_is_among_what_is_held(owing_job: Job) -> None:
    (one,) = figures.on_clusters(Pipeline.objects.all())
    assert (one.jobs, one.owed) == (1, 1)


def test_its_alarm_ends(owing_job: Job, cluster: Cluster) -> None:
    Job.objects.update(outages=alarms.MANY_OUTAGES)
    alarms.look()
    assert Alarm.objects.filter(ended_at=None).exists()
    give_up(cluster, actor="sam", why=WHY)
    tasks.expire(str(owing_job.pk))
    alarms.look()
    assert not Alarm.objects.filter(ended_at=None).exists()


def test_neither_the_doctor_nor_anybody_asks_it_any_more(owing_job: Job, cluster: Cluster) -> None:
    assert any("campus" in check.name for check in checks())
    give_up(cluster, actor="sam", why=WHY)
    assert not any("campus" in check.name for check in checks())


# --- what is in the way -------------------------------------------------------------------------


def test_a_cluster_with_jobs_that_have_not_ended_is_not_given_up(
    pending_job: Job, cluster: Cluster
) -> None:
    Pipeline.objects.update(is_open=False)
    with pytest.raises(InUse):
        give_up(cluster, actor="sam", why=WHY)
    cluster.refresh_from_db()
    assert (cluster.gone_at, cluster.is_open) == (None, True)


def test_a_cluster_of_an_open_page_is_not_given_up(pipeline: Pipeline, cluster: Cluster) -> None:
    with pytest.raises(InUse):
        give_up(cluster, actor="sam", why=WHY)


def test_the_first_word_stays(cluster: Cluster) -> None:
    give_up(cluster, actor="sam", why=WHY)
    give_up(cluster, actor="eve", why="No, sold.")
    cluster.refresh_from_db()
    assert (cluster.gone_by, cluster.gone_why) == ("sam", WHY)


def test_the_database_keeps_it_closed(cluster: Cluster) -> None:
    give_up(cluster, actor="sam", why=WHY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Cluster.objects.update(is_open=True)


# --- what was never there -----------------------------------------------------------------------


def test_a_job_that_never_came_to_its_cluster_owes_it_nothing(
    accepted_job: Job, cluster: Cluster, client: Client
) -> None:
    assert (accepted_job.state, accepted_job.slurm_id) == (State.CLEAN, "")
    accepted_job.move_to(State.CANCELLED, "Sam cancelled it.", actor="sam")
    assert "being stopped" not in text_of(client, f"/j/{accepted_job.status_token}/")
    Job.objects.update(ended_at=timezone.now() - timedelta(days=1))
    job = expire_now(accepted_job)
    assert job.scratch_removed_at
    assert not Job.objects.left_on_cluster().exists()
    assert figures.on_clusters(Pipeline.objects.all()) == []
    page = text_of(client, f"/j/{job.status_token}/")
    assert "Nothing of it runs any more, and your files are deleted." in page
    assert "The cluster on which your job ran" not in page


def test_what_never_came_to_a_cluster_that_is_gone_is_not_called_unproved(
    accepted_job: Job, cluster: Cluster, client: Client
) -> None:
    accepted_job.move_to(State.CANCELLED, "Sam cancelled it.", actor="sam")
    Pipeline.objects.update(is_open=False)
    give_up(cluster, actor="sam", why=WHY)
    job = expire_now(accepted_job)
    assert not Removal.objects.filter(what=Removal.What.UNPROVED).exists()
    assert not Job.objects.left_on_cluster().exists()
    assert "gone for good" not in text_of(client, f"/j/{job.status_token}/")


def test_a_job_whose_submission_was_never_answered_may_be_there(
    uploaded_job: Job, site: MemoryCluster
) -> None:
    walk_to(uploaded_job, State.CLEAN)
    site.go_down()
    tasks.submit(str(uploaded_job.pk))
    job = fresh(uploaded_job)
    assert (job.state, job.slurm_id) == (State.SUBMITTING, "")
    job.move_to(State.CANCELLED, "Olga cancelled it.")
    assert expire_now(job).scratch_removed_at is None
    assert Job.objects.owing_clusters().exists()


# --- what would go there ------------------------------------------------------------------------


def test_no_new_job_goes_to_a_cluster_that_is_gone(
    pipeline: Pipeline, cluster: Cluster, client: Client
) -> None:
    Pipeline.objects.update(is_open=False)
    give_up(cluster, actor="sam", why=WHY)
    Pipeline.objects.update(is_open=True)  # as an announcement on its way there found it
    with pytest.raises(ClusterIsGone):
        announce(pipeline, "olga@lab.example", [DeclaredFile("letters.txt", 11)])
    assert not Job.objects.exists()
    assert not Upload.objects.exists()


def test_a_job_that_came_there_all_the_same_does_not_wait_for_ever(
    uploaded_job: Job, cluster: Cluster, client: Client
) -> None:
    walk_to(uploaded_job, State.CLEAN)
    Cluster.objects.update(is_open=False, gone_at=timezone.now())
    tasks.submit(str(uploaded_job.pk))
    job = fresh(uploaded_job)
    assert (job.state, job.reason) == (State.FAILED, reasons.CLUSTER_GONE)
    assert "is opened again" not in text_of(client, f"/j/{job.status_token}/")

"""Who may say that a cluster is gone for good, and what they are told before."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from jobs.gone.acts import give_up
from jobs.models import Job
from jobs.states import State
from pipelines.models import Cluster, Pipeline
from tests.jobs.gone.given_up import WHY, text_of

pytestmark = pytest.mark.django_db


def address(cluster: Cluster) -> str:
    return f"/admin/pipelines/cluster/{cluster.pk}/gone/"


def test_staff_are_asked_first_and_give_a_reason(
    owing_job: Job, cluster: Cluster, client: Client, sam: User
) -> None:
    client.force_login(sam)
    change = f"/admin/pipelines/cluster/{cluster.pk}/change/"
    assert address(cluster) in text_of(client, change)
    assert "One job that ended has directories there" in text_of(client, address(cluster))
    client.post(address(cluster), {"reason": " "})
    cluster.refresh_from_db()
    assert cluster.gone_at is None
    answer = client.post(address(cluster), {"reason": WHY})
    assert (answer.status_code, answer["Location"]) == (302, change)
    cluster.refresh_from_db()
    assert (cluster.gone_by, cluster.gone_why, cluster.is_open) == ("sam", WHY, False)
    page = text_of(client, change)
    assert address(cluster) not in page
    assert "What one job had there is not proved" in page
    assert "what one job had there is not proved" in text_of(client, "/admin/held/")
    assert "said already" in text_of(client, address(cluster))


def test_the_question_says_what_is_in_the_way(
    pending_job: Job, cluster: Cluster, client: Client, sam: User
) -> None:
    client.force_login(sam)
    page = text_of(client, address(cluster))
    assert "Open pages send jobs there: Word count." in page
    assert "One job there has not ended." in page
    assert "Yes, it is gone for good" not in page
    listed = f"/admin/jobs/job/?cluster__id__exact={cluster.pk}"
    assert listed in page
    assert pending_job.short_id in text_of(client, listed)
    client.post(address(cluster), {"reason": WHY})
    cluster.refresh_from_db()
    assert cluster.gone_at is None


def test_who_may_only_look_at_clusters_cannot_give_one_up(
    cluster: Cluster, client: Client, ada: User
) -> None:
    ada.user_permissions.add(Permission.objects.get(codename="view_cluster"))
    client.force_login(ada)
    page = text_of(client, f"/admin/pipelines/cluster/{cluster.pk}/change/")
    assert address(cluster) not in page
    assert client.get(address(cluster)).status_code == 403
    assert client.post(address(cluster), {"reason": WHY}).status_code == 403
    cluster.refresh_from_db()
    assert cluster.gone_at is None


def test_it_cannot_be_opened_again(cluster: Cluster, client: Client, sam: User) -> None:
    give_up(cluster, actor="sam", why=WHY)
    client.force_login(sam)
    fields = ("name", "kind", "host", "port", "user", "host_key", "key_name", "partition")
    cluster.refresh_from_db()
    form = {name: getattr(cluster, name) for name in (*fields, "scratch", "python")}
    change = f"/admin/pipelines/cluster/{cluster.pk}/change/"
    answer = client.post(change, {**form, "is_open": "on"})
    assert "enter it as another one" in answer.content.decode()
    cluster.refresh_from_db()
    assert not cluster.is_open


def test_of_a_job_that_never_came_there_the_page_says_nothing(
    accepted_job: Job, cluster: Cluster, client: Client, sam: User
) -> None:
    accepted_job.move_to(State.CANCELLED, "Sam cancelled it.", actor="sam")
    client.force_login(sam)
    Pipeline.objects.update(is_open=False)
    page = text_of(client, address(cluster))
    assert "No job has directories there" in page
    client.post(address(cluster), {"reason": WHY})
    change = f"/admin/pipelines/cluster/{cluster.pk}/change/"
    assert "Nothing was owed there." in text_of(client, change)

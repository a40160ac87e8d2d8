"""What a pipeline's page says of idle computers, and who looks because somebody reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from backends.memory import MemoryCluster
from jobs import tasks
from pipelines.models import Cluster, Pipeline
from tests.jobs.pages import read

pytestmark = pytest.mark.django_db


def line(client: Client) -> str:
    """What the page says before it asks for an address; empty if nothing."""
    text = read(client.get("/p/word-count/")).text
    return (
        text.partition("Counts the words of each text file.")[2]
        .partition("Your e-mail address")[0]
        .strip()
    )


def seen(nodes: int, cpus: int, *, memory_mb: int = 16_000, **ago: float) -> None:
    """So many idle nodes of four CPUs, and so many CPUs in all."""
    Cluster.objects.update(
        idle_nodes=nodes,
        idle_cpus=cpus,
        idle_alike=[[nodes, 4, memory_mb]] if nodes else [],
        idle_seen_at=timezone.now() - timedelta(**ago),
    )


@pytest.mark.parametrize(
    ("nodes", "cpus", "words"),
    [
        (12, 48, "12 computers are idle now; a job starts within minutes as a rule."),
        (1, 4, "One computer is idle now;"),
        (0, 3, "There is room on computers that are only partly in use; a job may start soon."),
        (0, 0, "No suitable computer is idle now; your job waits its turn and starts by itself."),
    ],
)
def test_the_page_says_what_is_idle(
    client: Client, pipeline: Pipeline, nodes: int, cpus: int, words: str
) -> None:
    seen(nodes, cpus)
    assert line(client).startswith(words)


def test_room_for_less_than_the_pipeline_asks_for_is_no_room(
    client: Client, pipeline: Pipeline
) -> None:
    Pipeline.objects.update(cpus=8)
    seen(0, 3)
    assert line(client).startswith("No suitable computer is idle now")


@pytest.mark.parametrize("asked", [{"cpus": 5}, {"memory_mb": 16_001}])
def test_computers_that_are_too_small_for_the_pipeline_are_not_promised(
    client: Client, pipeline: Pipeline, asked: dict[str, int]
) -> None:
    Pipeline.objects.update(**asked)
    seen(3, 12)
    assert line(client).startswith("No suitable computer is idle now")
    Cluster.objects.update(idle_alike=[[3, 4, 16_000], [2, 64, 512_000]])
    assert line(client).startswith("2 computers are idle now")


EXPECTED = "expects that a small job that is sent now starts by about"


def test_where_nothing_is_idle_the_page_says_when_a_job_would_start(
    client: Client, pipeline: Pipeline
) -> None:
    seen(0, 0)
    Cluster.objects.update(expected_start_at=timezone.now() + timedelta(hours=3))
    assert EXPECTED in line(client)
    assert read(client.get("/p/word-count/")).all("time")
    seen(0, 0, minutes=20)
    assert EXPECTED not in line(client)
    seen(0, 0)
    Cluster.objects.update(expected_start_at=timezone.now() - timedelta(minutes=1))
    assert line(client).endswith("for that.")


@pytest.mark.parametrize(("nodes", "words"), [(0, "No suitable"), (1, "One"), (9, "9 computers")])
def test_what_is_minutes_old_has_its_time(
    client: Client, pipeline: Pipeline, nodes: int, words: str
) -> None:
    seen(nodes, 16, minutes=20)
    text = line(client)
    assert text.startswith(words)
    assert "idle on" in text
    assert read(client.get("/p/word-count/")).all("time")


def test_what_is_not_known_or_long_ago_is_not_said(client: Client, pipeline: Pipeline) -> None:
    assert line(client) == ""
    seen(12, 48, hours=2)
    assert line(client) == ""


@pytest.mark.parametrize("change", [{"is_open": False}, {"kind": "local"}])
def test_nothing_is_said_where_it_does_not_matter(
    client: Client, pipeline: Pipeline, change: dict[str, Any]
) -> None:
    seen(12, 48)
    Cluster.objects.update(**change)
    assert line(client) == ""
    assert not OrmQ.objects.exists()


def test_where_jobs_cannot_start_the_page_says_so(client: Client, pipeline: Pipeline) -> None:
    seen(12, 48)
    Cluster.objects.update(partition_fault="Jobs in restart do not give way.")
    assert line(client).startswith("Jobs cannot start at the moment")
    assert "restart" not in line(client)


def test_a_visitor_has_it_looked_at_and_many_visitors_once(
    client: Client, pipeline: Pipeline, site: MemoryCluster
) -> None:
    for _visitor in range(3):
        client.get("/p/word-count/")
    (ring,) = OrmQ.objects.all()
    assert ring.task["func"] == "jobs.tasks.look_for_idle"
    tasks.look_for_idle(*ring.task["args"])
    assert line(client).startswith("4 computers are idle now")
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize("change", [{"poll_error": "It does not answer."}, {"is_open": False}])
def test_a_dead_or_closed_cluster_is_not_asked(
    client: Client, pipeline: Pipeline, change: dict[str, Any]
) -> None:
    Cluster.objects.update(**change)
    client.get("/p/word-count/")
    assert not OrmQ.objects.exists()


def test_a_closed_pipelines_page_asks_for_nothing(client: Client, pipeline: Pipeline) -> None:
    seen(12, 48)
    Pipeline.objects.update(is_open=False)
    assert client.get("/p/word-count/").status_code == 410
    assert not OrmQ.objects.exists()

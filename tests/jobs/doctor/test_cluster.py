"""Who is asked, what is kept of it, and what a closed or unreachable cluster means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backends.base import ClusterError
from backends.memory import MemoryCluster
from jobs.doctor.cluster import MENDS, checks, checks_of
from jobs.doctor.diagnosis import Answer, Health
from pipelines.models import Cluster
from tests.jobs.doctor.looking import answers, faults

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


def look(port: MemoryCluster) -> dict[str, Answer]:
    @contextmanager
    def port_of(row: Cluster) -> Iterator[MemoryCluster]:
        yield port

    return answers(checks_of(port_of))


def test_a_healthy_cluster_is_well_and_its_minjobage_is_kept(cluster: Cluster) -> None:
    found = look(MemoryCluster())
    assert {answer.health for answer in found.values()} == {Health.OK}
    assert found["campus: log-in"].what == "freeloader@login.uni.example:22, Slurm 22.05.8"
    cluster.refresh_from_db()
    assert cluster.min_job_age_s == 300


def test_what_was_not_learned_does_not_replace_what_was_known(cluster: Cluster) -> None:
    Cluster.objects.update(min_job_age_s=120)
    port = MemoryCluster()
    port.looks = replace(port.looks, min_job_age_s=None)
    look(port)
    cluster.refresh_from_db()
    assert cluster.min_job_age_s == 120


def test_a_cluster_that_cannot_be_reached_is_one_fault(cluster: Cluster) -> None:
    port = MemoryCluster()
    port.go_down()
    found = look(port)
    assert list(found) == faults(found) == ["campus: log-in"]


class Refuses(MemoryCluster):
    def survey(self) -> Any:
        raise ClusterError("it shows another host key than the one entered.", transient=True)


def test_a_log_in_that_fails_is_told_with_what_helps(cluster: Cluster) -> None:
    found = look(Refuses())["campus: log-in"]
    assert "somebody else answers there" in found.mend


def test_the_words_that_a_remedy_goes_by_are_those_of_ssh() -> None:
    said = (ROOT / "backends" / "ssh.py").read_text()
    assert [words for words in MENDS if words not in said] == []


def test_what_is_wrong_with_a_closed_cluster_is_a_warning(cluster: Cluster) -> None:
    Cluster.objects.update(is_open=False)
    port = MemoryCluster()
    port.looks = replace(port.looks, python=None)
    found = look(port)
    assert faults(found) == []
    assert "(The cluster is closed.)" in found["campus: Python"].what
    port.go_down()
    assert look(port)["campus: log-in"].health is Health.WARNING


def test_no_cluster_at_all_is_a_warning(db: None) -> None:
    assert look(MemoryCluster())["any"].health is Health.WARNING


def test_this_machine_is_a_cluster_too(db: None, tmp_path: Path) -> None:
    Cluster.objects.create(name="here", kind=Cluster.Kind.LOCAL, scratch=str(tmp_path))
    found = answers(checks())
    assert list(found) == ["here: log-in", "here: scratch", "here: Python"]
    assert faults(found) == []


def test_an_unreachable_host_is_told_by_the_real_port(cluster: Cluster, settings: Any) -> None:
    settings.SSH_KEYS = Path("/nowhere")
    found = answers(checks())["campus: log-in"]
    assert found.health is Health.FAULT
    assert "needs a private key" in found.what
    assert "Put the key campus into the folder FREELOADER_SSH_KEYS" in found.mend

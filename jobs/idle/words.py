"""What is idle at a cluster just now, in one calm line for a pipeline's page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.idle.expected_start import next_start
from jobs.wording import moment
from pipelines.models import Cluster, Pipeline

NOW = timedelta(minutes=5)
# Nodes come and go within minutes: what is older says nothing of today.
SHOWN_FOR = timedelta(hours=1)


def idle_line(pipeline: Pipeline) -> str:
    """How it stands with idle computers; empty where that is not known, or does not matter."""
    cluster = pipeline.cluster
    if cluster.kind == Cluster.Kind.LOCAL or not cluster.is_open:
        return ""
    if cluster.partition_fault:
        return _(
            "Jobs cannot start at the moment: something has to be settled at the cluster first. "
            "You can send your files all the same; your job waits, and then starts by itself."
        )
    at = cluster.idle_seen_at
    if at is None or timezone.now() - at > SHOWN_FOR:
        return ""
    nodes = _suitable(pipeline)
    if timezone.now() - at > NOW:
        return _then(nodes, at)
    if not nodes and _cpus_beside_others(cluster) >= pipeline.cpus:
        return _("There is room on computers that are only partly in use; a job may start soon.")
    return _now(nodes) if nodes else _wait(cluster)


def _suitable(pipeline: Pipeline) -> int:
    """How many idle computers have as much as a job of this pipeline asks for."""
    return sum(
        nodes
        for nodes, cpus, memory_mb in pipeline.cluster.idle_alike
        if cpus >= pipeline.cpus and memory_mb >= pipeline.memory_mb
    )


def _cpus_beside_others(cluster: Cluster) -> int:
    """Idle CPUs of computers in use; how much memory is left beside them, sinfo does not tell."""
    of_idle_nodes: int = sum(nodes * cpus for nodes, cpus, _memory_mb in cluster.idle_alike)
    return (cluster.idle_cpus or 0) - of_idle_nodes


def _wait(cluster: Cluster) -> str:
    text = _(
        "No suitable computer is idle now; your job waits its turn and starts by itself. You need "
        "not keep this page open for that."
    )
    start = next_start(cluster)
    if start is None:
        return text
    more = _(
        "The cluster expects that a small job that is sent now starts by about {moment}; a larger "
        "one may wait longer."
    )
    return format_html("{} {}", text, format_html(more, moment=moment(start)))


def _now(nodes: int) -> str:
    text = ngettext(
        "One computer is idle now; a job starts within minutes as a rule.",
        "%(count)d computers are idle now; a job starts within minutes as a rule.",
        nodes,
    )
    return text % {"count": nodes}


def _then(nodes: int, at: datetime) -> str:
    if not nodes:
        text = _("No suitable computer was idle on {moment}.")
    else:
        text = ngettext(
            "One computer was idle on {moment}.", "{count} computers were idle on {moment}.", nodes
        )
    return format_html(text, moment=moment(at), count=nodes)

"""What is idle at a cluster just now, in one calm line for a pipeline's page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
    at, nodes = cluster.idle_seen_at, cluster.idle_nodes
    if at is None or nodes is None or timezone.now() - at > SHOWN_FOR:
        return ""
    if timezone.now() - at > NOW:
        return _then(nodes, at)
    if not nodes and (cluster.idle_cpus or 0) >= pipeline.cpus:
        return _("There is room on computers that are only partly in use; a job may start soon.")
    return _now(nodes)


def _now(nodes: int) -> str:
    if not nodes:
        return _(
            "No computer is idle now; your job waits its turn and starts by itself. You need not "
            "keep this page open for that."
        )
    text = ngettext(
        "One computer is idle now; a job starts within minutes as a rule.",
        "%(count)d computers are idle now; a job starts within minutes as a rule.",
        nodes,
    )
    return text % {"count": nodes}


def _then(nodes: int, at: datetime) -> str:
    if not nodes:
        text = _("No computer was idle on {moment}.")
    else:
        text = ngettext(
            "One computer was idle on {moment}.", "{count} computers were idle on {moment}.", nodes
        )
    return format_html(text, moment=moment(at), count=nodes)

"""Nothing but idle computers: what is known of a cluster's partition, kept in its row, enforced.

Before a job is handed in, somebody must have looked at the partition lately and found that its jobs
give way; what is wrong there makes jobs wait until a later look finds it mended.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from backends.base import BackendError, ClusterError, Idle, SiteSurvey
from backends.base import Cluster as ClusterPort
from jobs.idle.giving_way import ASK, Verdict, judge
from jobs.models import Job
from jobs.queue import ring
from jobs.states import State
from pipelines.address import WHERE_JOBS_GO
from pipelines.models import Cluster

log = logging.getLogger(__name__)
REFUSED = "No job is handed in to the partition"
# So soon is looked again where a look was fruitless, or found something wrong.
AGAIN_S = 60
# A good verdict is better than none, but not for ever.
VERDICT_LASTS = timedelta(days=1)


def ensure_gives_way(row: Cluster, port: ClusterPort) -> None:
    """A transient `ClusterError` unless jobs may be handed in to this cluster's partition."""
    if row.kind == Cluster.Kind.LOCAL:  # this machine's jobs are niced, and nobody else's wait
        return
    doubt = _look(row, port) if _is_due(row) else ""
    if row.partition_fault:
        words = f"{REFUSED}, for only idle computers may be used: {row.partition_fault}"
        raise ClusterError(words, transient=True)
    if row.partition_seen_at is None or _age(row.partition_seen_at) > VERDICT_LASTS:
        raise ClusterError(doubt or "The cluster did not tell of its partition.", transient=True)


def keep_survey(row: Cluster, survey: SiteSurvey) -> Verdict | str:
    """What a survey tells goes into the row; what it did not learn leaves there what was known.

    Returns what `judge` makes of it.
    """
    now = timezone.now()
    told = {"min_job_age_s": survey.min_job_age_s, "dmtcp_version": survey.dmtcp}
    changes: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    changes |= _idle(survey.idle, now)
    verdict = judge(survey, partition=row.partition, qos=row.qos)
    if isinstance(verdict, Verdict):
        changes |= {"partition_fault": _words(verdict), "partition_seen_at": now}
    was_wrong = bool(row.partition_fault)
    _save(row, changes)
    if was_wrong and not row.partition_fault:
        _wake(row, now)
    return verdict


def look_for_idle(row: Cluster, port: ClusterPort) -> None:
    """What is idle there, unless that is known from just now; no answer is no news.

    A partition that was refused is looked at as a whole: it may be mended, with no job to try it.
    """
    if row.partition_fault and _is_due(row):
        _look(row, port)
    seen_at = row.idle_seen_at
    if row.kind == Cluster.Kind.LOCAL or (seen_at and _age(seen_at) < _seconds("IDLE_LOOK_S")):
        return
    try:
        idle = port.idle()
    except BackendError as error:
        log.info("What is idle at %s was not told: %s", row, error.message)
        return
    _save(row, _idle(idle, timezone.now()))


def ask_for_idle(row: Cluster) -> None:
    """Somebody looks at a page that tells what is idle there: have a worker look, if need be."""
    if row.kind == Cluster.Kind.LOCAL or not row.is_open or row.poll_error:
        return
    is_known = row.idle_seen_at and _age(row.idle_seen_at) < _seconds("IDLE_LOOK_S")
    # Many visitors are one ring a minute, also while the cluster does not answer.
    if not is_known and cache.add(f"idle-asked:{row.pk}", True, settings.IDLE_LOOK_S):
        ring("look_for_idle", row.pk)


def _look(row: Cluster, port: ClusterPort) -> str:
    """Why it brought no verdict, if it did not. Then the last one counts, and for a while this
    process looks no more: a slurmctld that hangs would keep each job for twelve seconds."""
    try:
        survey = port.survey()
        verdict = keep_survey(row, survey)
        doubt = _untold(verdict, survey) if isinstance(verdict, str) else ""
    except ClusterError as error:
        doubt = error.message
    if doubt:
        cache.set(_key(row), True, AGAIN_S)
    return doubt


def _untold(what: str, survey: SiteSurvey) -> str:
    if said := survey.mute.get("scontrol"):
        return f"scontrol did not answer: {said}"
    return f"The cluster does not tell {what}. {ASK}."


def _is_due(row: Cluster) -> bool:
    if cache.get(_key(row)):
        return False
    longest = _seconds("PARTITION_LOOK_S")
    if row.partition_fault:
        longest = min(longest, timedelta(seconds=AGAIN_S))
    return row.partition_seen_at is None or _age(row.partition_seen_at) >= longest


def _key(row: Cluster) -> str:
    return f"no-verdict:{row.pk}"


def _words(verdict: Verdict) -> str:
    return f"{verdict.fault} {verdict.mend}" if verdict.fault else ""


def _wake(row: Cluster, now: datetime) -> None:
    """Those that waited for this go on at once."""
    waiting = Job.objects.filter(
        cluster=row,
        state__in=(State.CLEAN, State.SUBMITTING),
        waiting_for__startswith=REFUSED,
    )
    waiting.update(due_at=now, rung_at=None)


def _idle(idle: Idle, at: datetime) -> dict[str, Any]:
    if idle.nodes is None:
        return {}
    return {
        "idle_nodes": idle.nodes,
        "idle_cpus": idle.cpus,
        "idle_alike": [list(nodes) for nodes in idle.alike],
        "expected_start_at": idle.expected_start,
        "idle_seen_at": at,
    }


def _save(row: Cluster, changes: dict[str, Any]) -> None:
    """Into the row, unless somebody has sent jobs elsewhere while the cluster was asked."""
    if changes:
        asked = {name: getattr(row, name) for name in WHERE_JOBS_GO}
        Cluster.objects.filter(pk=row.pk, **asked).update(**changes)
    for name, value in changes.items():
        setattr(row, name, value)


def _age(at: datetime) -> timedelta:
    return timezone.now() - at


def _seconds(name: str) -> timedelta:
    return timedelta(seconds=getattr(settings, name))

"""track: one look at a cluster for all its jobs, and then at those that there is news of."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from django.db import Error
from django.utils import timezone

from backends.base import BackendError, Cluster, JobRef, Observation, Store
from jobs.following.follow import follow
from jobs.following.news import Known, Shown, is_news, is_only_words, shown
from jobs.models import Job, LostRace, Stage
from jobs.states import ON_CLUSTER, State
from pipelines.models import Cluster as ClusterRow

log = logging.getLogger(__name__)
LOADED_AT_ONCE = 500
BUG = "Freeloader stumbled over this job; its log says why. Staff have to look at it."


def track(cluster: ClusterRow, *, store: Store, cluster_port: Cluster) -> bool:
    """Observe all the cluster's jobs at once, then move on each that there is news of.

    Returns whether anything happened. `BackendError` if the cluster could not be asked. What is
    wrong with one job, be it a file of its own making that we stumble over, keeps no other waiting.
    """
    known = [Known(*row) for row in Job.objects.on_cluster(cluster).values_list(*Known._fields)]
    if not known:
        return False
    refs = _refs(known, cluster)
    seen = cluster_port.observe(refs)
    looks = [(row, seen.get(ref.key)) for row, ref in zip(known, refs, strict=True)]
    now = timezone.now()
    told = [(row, look) for row, look in looks if look and is_news(row, look, now)]
    _note_words([(row.pk, shown(look)) for row, look in told if is_only_words(row, look, now)])
    news = {row.pk: (row, look) for row, look in told if not is_only_words(row, look, now)}
    stirred = [
        _follow_one(job, news[job.pk][1], store, cluster_port)
        for job in _loaded(news)
        # What has moved since the look was made is not what was looked at.
        if job.changed_at == news[job.pk][0].changed_at
    ]
    return any(stirred)


def _refs(known: Sequence[Known], cluster: ClusterRow) -> list[JobRef]:
    arrays = Job.objects.on_cluster(cluster).filter(stage=Stage.PARTS)
    refs_of_arrays = {job.pk: job.ref for job in arrays}
    return [refs_of_arrays.get(row.pk) or row.ref for row in known]


def _note_words(told: Iterable[tuple[UUID, Shown]]) -> None:
    """Another reason to wait, for thousands at once when a partition closes."""
    alike: dict[Shown, list[UUID]] = defaultdict(list)
    for pk, words in told:
        alike[words].append(pk)
    for words, pks in alike.items():
        for start in range(0, len(pks), LOADED_AT_ONCE):
            lot = Job.objects.filter(pk__in=pks[start : start + LOADED_AT_ONCE])
            waiting = lot.filter(state=State.PENDING)
            waiting.update(**words._asdict())


def _loaded(news: Iterable[UUID]) -> Iterator[Job]:
    pks = list(news)
    for start in range(0, len(pks), LOADED_AT_ONCE):
        lot = Job.objects.filter(pk__in=pks[start : start + LOADED_AT_ONCE])
        yield from lot.select_related("upload", "code")


def _follow_one(job: Job, seen: Observation, store: Store, cluster: Cluster) -> bool:
    """Whether the job moved, or is in doubt."""
    moved_at = job.changed_at
    try:
        _follow_or_wait(job, seen, store, cluster)
    except LostRace:
        return True
    except Error:  # the database's fault, not this job's
        raise
    except Exception:  # a bug, which must not stop the others; the log has all of it
        log.exception("Tracking %s failed.", job.key)
        Job.objects.filter(pk=job.pk, state__in=ON_CLUSTER).update(waiting_for=BUG)
    return job.changed_at != moved_at or job.unseen_since is not None


def _follow_or_wait(job: Job, seen: Observation, store: Store, cluster: Cluster) -> None:
    try:
        follow(job, seen, store, cluster)
    except BackendError as error:
        if not error.transient:
            job.move_to(State.FAILED, error.message)
        elif job.waiting_for != error.message:
            job.save_fields(waiting_for=error.message)

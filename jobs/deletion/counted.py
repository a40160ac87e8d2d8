"""Deleting for a job, counted before and afterwards: what was there, and that it is gone.

Listings may lag, and something may come while it is deleted: `expire` looks again until nothing is
shown any more. Each time leaves a row, but for a look that saw nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backends.base import Cluster, Footprint, Store
from jobs.models import Job, Removal

What = Removal.What


def from_store(
    job: Job, what: What, prefixes: Sequence[str], *, remove: Callable[[], None], store: Store
) -> bool:
    """Have `remove` take away what is below the prefixes; whether nothing of it is left."""

    def count() -> Footprint:
        return sum(map(store.count, prefixes), Footprint())

    return _counted(job, what, count, remove)


def from_cluster(
    job: Job, keys: Sequence[str], *, remove: Callable[[], None], cluster: Cluster
) -> bool:
    """The same of the job's directories of these names."""

    def count() -> Footprint:
        return Footprint(objects=len(cluster.directories(keys)))

    return _counted(job, What.SCRATCH, count, remove)


def note_unproved(job: Job) -> None:
    """The cluster that it came to is gone: what it had there is not looked for. Noted once."""
    if not job.removals.filter(what=What.UNPROVED).exists():
        Removal.objects.create(job=job, what=What.UNPROVED)


def left_of(job: Job) -> list[Removal]:
    """The newest looks that saw something left, one of each kind at most."""
    newest = {removal.what: removal for removal in job.removals.all()}
    if What.UNPROVED in newest:  # nobody can look there any more
        newest.pop(What.SCRATCH, None)
    return [removal for removal in newest.values() if not removal.is_whole]


def _counted(
    job: Job, what: What, count: Callable[[], Footprint], remove: Callable[[], None]
) -> bool:
    last = job.removals.filter(what=what).last()
    left = before = _at_least(count(), last)
    try:
        remove()
        left = count()
    finally:  # broken off: then all of it counts as left, and as removed the next time
        _note(job, what, before=before, left=left, last=last)
    return not left


def _at_least(found: Footprint, last: Removal | None) -> Footprint:
    """What was left at last and is not there any more was removed by us, uncounted."""
    if last is None:
        return found
    return Footprint(
        max(found.objects, last.objects_left),
        max(found.segments, last.segments_left),
        max(found.size_bytes, last.bytes_left),
    )


def _note(
    job: Job, what: What, *, before: Footprint, left: Footprint, last: Removal | None
) -> None:
    if last is not None and before == left == _left(last):
        return
    Removal.objects.create(
        job=job,
        what=what,
        objects_removed=max(0, before.objects - left.objects),
        segments_removed=max(0, before.segments - left.segments),
        bytes_removed=max(0, before.size_bytes - left.size_bytes),
        objects_left=left.objects,
        segments_left=left.segments,
        bytes_left=left.size_bytes,
    )


def _left(removal: Removal) -> Footprint:
    return Footprint(removal.objects_left, removal.segments_left, removal.bytes_left)

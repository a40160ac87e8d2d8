"""deliver: a proved result gets its rows and its link; the letter follows from the move."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from backends.base import BackendError, ObjectNotFound, Store
from jobs import reasons
from jobs.jobfile import results_prefix
from jobs.manifest import Result, find_manifest
from jobs.models import Job, ResultFile
from jobs.results.acts import new_link
from jobs.results.ends import provisional_end
from jobs.results.previews import make_previews
from jobs.states import State


def deliver(job: Job, *, store: Store) -> None:
    """Make one object of each result file, then the link; all of it can be repeated."""
    results = find_manifest(job, store)
    if results is None:
        raise BackendError("The store does not show the whole result.", transient=True)
    files = [_file(job, number, result, store) for number, result in enumerate(results, start=1)]
    make_previews(job, files, store)
    expires_at = provisional_end(job, timezone.now())
    with transaction.atomic():
        job.results.all().delete()
        ResultFile.objects.bulk_create(files)
        new_link(job, expires_at=expires_at)
        job.move_to(State.DELIVERED, reasons.READY, expires_at=expires_at)


def _file(job: Job, number: int, result: Result, store: Store) -> ResultFile:
    return ResultFile(
        job=job,
        number=number,
        name=result.name,
        size_bytes=result.size_bytes,
        sha256=result.sha256,
        crc32=result.crc32,
        object_name=_whole(job, number, result, store),
        preview={} if result.packed_files is None else {"packed_files": result.packed_files},
    )


def _whole(job: Job, number: int, result: Result, store: Store) -> str:
    names = [name for name, _size in result.pieces]
    if len(names) == 1:
        return names[0]
    joined = f"{results_prefix(job)}whole/{number}"
    if not _is_stored(joined, result.size_bytes, store):  # an earlier try may have come so far
        store.join(joined, names)
    return joined


def _is_stored(name: str, size_bytes: int, store: Store) -> bool:
    try:
        return store.stat(name).size_bytes == size_bytes
    except ObjectNotFound:
        return False

"""tidy: what is in the store and belongs to nothing any more.

`expire` deletes what a job no longer needs, for it knows the job. This finds the rest: what came
late, what an outage or a killed process left, and what no row knows. Nothing young is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from backends.base import OpenUpload, Store, StoredObject, StoreError
from jobs import jobfile
from jobs.deletion import remains
from jobs.deletion.remains import Stored
from jobs.models import Job, TidyReport
from uploads.models import Upload

MOST = 10_000  # things removed in one run; the next one goes on
EXAMPLES = 20  # that staff are shown
SPARE = timedelta(minutes=10)  # for a request that began while its signed URL was good


class Why(Enum):
    """Why nobody needs it; the value is told to staff, on pages in their language."""

    DELETED = _("its upload was deleted")
    TAKEN_OUT = _("it is no part of its upload any more")
    CLEARED = _("its job is over and its time too")
    UNKNOWN = _("no row knows it")
    LOOKED = _("an interrupted look at the store left it")
    # A database that was made anew, or belongs to another site, must not empty the store.
    OLDER = _("no row knows it, but it is older than all of them")


@dataclass(frozen=True)
class Leftover:
    """One thing in the store that belongs to nothing."""

    stored: Stored
    why: Why

    @property
    def may_go(self) -> bool:
        """It is removed; else a person has to decide."""
        return self.why is not Why.OLDER


def tidy(*, store: Store, only_look: bool = False) -> Iterator[Leftover]:
    """Remove what belongs to nothing, `MOST` things at most; yields each when it is done.

    Can be repeated, and run twice at once.
    """
    removed = 0
    for leftover in find(store):
        if leftover.may_go:
            if removed == MOST:
                return
            removed += 1
            if not only_look:
                remains.remove(leftover.stored, store)
        yield leftover


def noted(leftovers: Iterable[Leftover], found: TidyReport) -> Iterator[Leftover]:
    """The same things, one by one; then the row is saved, with what broke it off, if anything."""
    try:
        for leftover in leftovers:
            _add(leftover, found)
            yield leftover
    except StoreError as error:
        found.error = error.message
        raise
    finally:
        found.is_complete = not found.error and found.things_removed < MOST
        found.save()


def _add(leftover: Leftover, found: TidyReport) -> None:
    stored, is_left = leftover.stored, not leftover.may_go
    size_bytes = stored.size_bytes if isinstance(stored, StoredObject) else 0
    if is_left:
        found.things_left += 1
        found.bytes_left += size_bytes
    else:
        found.things_removed += 1
        found.bytes_removed += size_bytes
    if len(found.examples) < EXAMPLES:
        found.examples.append({"name": stored.name, "why": leftover.why.value, "is_left": is_left})


def find(store: Store) -> Iterator[Leftover]:
    """What belongs to nothing and is not young.

    Listed first and asked of the database then: a row is there before anything is sent for it.
    """
    for place, judge in JUDGES.items():
        for listing in (store.list_objects(place), store.open_uploads(place)):
            for owner, group in groupby(listing, _owner):
                if owner:
                    yield from judge(owner, remains.in_order(group))


def _owner(stored: Stored) -> UUID | None:
    """Whose it is by its name, "uploads/UUID/3"; None for what this site has not named."""
    try:
        return UUID(stored.name.split("/")[1])
    except (IndexError, ValueError):
        return None


def _of_upload(owner: UUID, found: list[Stored]) -> Iterator[Leftover]:
    upload = Upload.objects.filter(pk=owner).first()
    if upload is None:
        yield from _unknown(found)
    elif upload.let_go_at:
        yield from _old(found, Why.DELETED)
    else:
        keys = {file.object_name: file.parts_key for file in upload.files.all()}
        lost = [stored for stored in found if not _is_part(stored, keys)]
        yield from _old(lost, Why.TAKEN_OUT)


def _is_part(stored: Stored, keys: dict[str, str]) -> bool:
    """It is the object of one of these files, or the file's own upload by parts."""
    if isinstance(stored, OpenUpload):
        return keys.get(stored.name) == stored.key
    return stored.name in keys


def _of_job(owner: UUID, found: list[Stored]) -> Iterator[Leftover]:
    job = Job.objects.filter(pk=owner).first()
    if job is None:
        yield from _unknown(found)
    elif job.cleared_at:
        yield from _old(found, Why.CLEARED)


def _of_doctor(owner: UUID, found: list[Stored]) -> Iterator[Leftover]:
    yield from _old(found, Why.LOOKED)


JUDGES: dict[str, Callable[[UUID, list[Stored]], Iterator[Leftover]]] = {
    remains.UPLOADS: _of_upload,
    remains.RESULTS: _of_job,
    remains.DOCTOR: _of_doctor,
}


def _old(found: list[Stored], why: Why) -> Iterator[Leftover]:
    """Those for which no signed URL of a part is good any more."""
    end = timezone.now() - timedelta(seconds=settings.UPLOAD_URLS_S) - SPARE
    return (Leftover(stored, why) for stored in found if _changed_at(stored) < end)


def _unknown(found: list[Stored]) -> Iterator[Leftover]:
    """Their rows were lost, most likely with a database that was restored from a backup."""
    first_row = Upload.objects.aggregate(at=Min("created_at"))["at"] or timezone.now()
    end = timezone.now() - timedelta(seconds=jobfile.SIGNED_FOR_S) - SPARE
    for stored in found:
        if _changed_at(stored) < min(first_row, end):
            yield Leftover(stored, Why.OLDER)
        elif _changed_at(stored) < end:
            yield Leftover(stored, Why.UNKNOWN)


def _changed_at(stored: Stored) -> datetime:
    assert stored.changed_at  # noqa: S101 - listed, so it is told
    return stored.changed_at

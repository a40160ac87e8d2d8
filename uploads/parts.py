"""A file comes in by parts, straight from the browser to the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.utils import timezone

from backends.base import ObjectNotFound, Part, PartLimits, Store, StoreError
from uploads.models import UploadedFile

MIB = 2**20
# What a broken connection costs is at most what is in flight, so small files have small parts;
# what a part costs the store (a request, a row, a checksum) speaks for large ones.
LEAST_PART_BYTES = 8 * MIB
USUAL_PART_BYTES = 64 * MIB
USUAL_PARTS = 64
WHOLE = "whole"  # the key of a file of one part: it is sent as the object itself, in one PUT


@dataclass(frozen=True)
class Plan:
    """How one file is cut: parts of `part_bytes`, the last one shorter."""

    size_bytes: int
    part_bytes: int

    @property
    def count(self) -> int:
        """How many parts; an empty file is one empty part."""
        return max(1, ceil(self.size_bytes / self.part_bytes))

    def size_of(self, number: int) -> int:
        """The bytes of part `number`, from 1."""
        return min(self.part_bytes, self.size_bytes - (number - 1) * self.part_bytes)


def plan(size_bytes: int, limits: PartLimits) -> Plan:
    """The cut of a file: a pure function of its size, so that any browser can go on with it."""
    usual = min(max(_rounded(size_bytes / USUAL_PARTS), LEAST_PART_BYTES), USUAL_PART_BYTES)
    smallest = max(_rounded(size_bytes / limits.max_parts), limits.min_part_bytes)
    part_bytes = max(usual, smallest)
    if part_bytes > limits.max_part_bytes:
        raise StoreError("The file is larger than the object store can hold.", transient=False)
    return Plan(size_bytes, part_bytes)


def _rounded(size_bytes: float) -> int:
    return ceil(size_bytes / MIB) * MIB


def cut_of(file: UploadedFile, limits: PartLimits) -> Plan:
    """The cut of this file: once it was opened it stays as it is, though limits may change."""
    if file.part_bytes:
        return Plan(file.size_bytes, file.part_bytes)
    return plan(file.size_bytes, limits)


def begin(file: UploadedFile, *, store: Store) -> None:
    """Open the file's upload by parts, once."""
    if file.parts_key or file.completed_at:
        return
    cut = plan(file.size_bytes, store.limits())
    key = store.begin_parts(file.object_name)
    # Two tabs may begin at once: the first one's key stands, the other's is dropped.
    unopened = UploadedFile.objects.filter(pk=file.pk, parts_key="")
    if not unopened.update(parts_key=key, part_bytes=cut.part_bytes):
        store.abort_parts(file.object_name, key)
    file.refresh_from_db()


def begin_again(file: UploadedFile, *, store: Store) -> None:
    """Open it anew where the store has dropped its upload by parts, as an operator may ask it to.

    Its URLs would be refused for ever. What was stored under the old key is gone.
    """
    old, key = file.parts_key, store.begin_parts(file.object_name)
    if not UploadedFile.objects.filter(pk=file.pk, parts_key=old).update(parts_key=key):
        store.abort_parts(file.object_name, key)
    file.refresh_from_db()


def have(file: UploadedFile, cut: Plan, *, store: Store) -> list[Part]:
    """The parts that are in the store with their right size; the others are sent (again)."""
    stored = store.stored_parts(file.object_name, file.parts_key)
    return [
        part
        for part in stored
        if part.number <= cut.count and part.size_bytes == cut.size_of(part.number)
    ]


def sign(file: UploadedFile, cut: Plan, numbers: Iterable[int], *, store: Store) -> dict[int, str]:
    """Signed URLs for the parts; numbers that the file has not are left out."""
    wanted = [number for number in numbers if 1 <= number <= cut.count]
    good_for_s = settings.UPLOAD_URLS_S
    if file.parts_key == WHOLE:
        url = store.sign_put(file.object_name, expires_s=good_for_s).url
        return dict.fromkeys(wanted, url)
    signed = store.sign_parts(file.object_name, file.parts_key, wanted, expires_s=good_for_s)
    return {number: request.url for number, request in signed.items()}


def complete(file: UploadedFile, *, store: Store) -> list[int]:
    """Make the object when all its parts are there; returns the numbers that are missing.

    For files of several parts. The store's own list decides, never the browser's word.
    """
    cut = cut_of(file, store.limits())
    # Look for the object first: after a completion whose answer was lost the parts are gone.
    if not is_stored(file, store):
        parts = have(file, cut, store=store)
        if missing := sorted(set(range(1, cut.count + 1)) - {part.number for part in parts}):
            return missing
        store.complete_parts(file.object_name, file.parts_key, parts)
        if not is_stored(file, store):
            raise StoreError("The store holds another size than was sent.", transient=True)
    note_complete([file])
    return []


def is_stored(file: UploadedFile, store: Store) -> bool:
    """The whole object is there, with the file's size."""
    try:
        return store.stat(file.object_name).size_bytes == file.size_bytes
    except ObjectNotFound:
        return False


def note_complete(files: Iterable[UploadedFile]) -> None:
    """All of these are in the store."""
    now = timezone.now()
    keys = [file.pk for file in files]
    UploadedFile.objects.filter(pk__in=keys, completed_at=None).update(completed_at=now)


def remove(file: UploadedFile, *, store: Store) -> None:
    """Take the file out of the store, complete or not; no error if it is gone already."""
    if file.parts_key not in ("", WHOLE) and not file.completed_at:
        store.abort_parts(file.object_name, file.parts_key)
    store.delete(file.object_name)

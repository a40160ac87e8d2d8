"""A file comes in by parts, straight from the browser to the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from django.utils import timezone

from backends.base import ObjectNotFound, Part, PartLimits, Store, StoreError
from uploads.models import UploadedFile

MIB = 2**20
USUAL_PART_BYTES = 64 * MIB
SIGNED_FOR_S = 6 * 3600
MAX_SIGNED_AT_ONCE = 50


@dataclass(frozen=True)
class Plan:
    """How one file is cut: parts of `part_bytes`, the last one shorter."""

    size_bytes: int
    part_bytes: int

    @property
    def count(self) -> int:
        """How many parts; an empty file has none."""
        return ceil(self.size_bytes / self.part_bytes)

    def size_of(self, number: int) -> int:
        """The bytes of part `number`, from 1."""
        return min(self.part_bytes, self.size_bytes - (number - 1) * self.part_bytes)


def plan(size_bytes: int, limits: PartLimits) -> Plan:
    """The cut of a file: a pure function of its size, so that any browser can go on with it."""
    smallest = ceil(size_bytes / limits.max_parts / MIB) * MIB
    part_bytes = max(USUAL_PART_BYTES, smallest)
    if part_bytes > limits.max_part_bytes:
        raise StoreError("The file is larger than the object store can hold.", transient=False)
    return Plan(size_bytes, part_bytes)


def begin(file: UploadedFile, *, store: Store) -> Plan:
    """Open the file's upload by parts, once; an empty file is complete at once."""
    cut = plan(file.size_bytes, store.limits())
    if file.completed_at:
        return cut
    if file.parts_key:
        if _is_stored(file, store):  # completed by a request whose answer was lost
            _completed(file)
        return cut
    if file.size_bytes == 0:
        store.write(file.object_name, b"")
        _completed(file)
        return cut
    key = store.begin_parts(file.object_name)
    # Two tabs may begin at once: the first one's key stands, the other's is dropped.
    if not UploadedFile.objects.filter(pk=file.pk, parts_key="").update(parts_key=key):
        store.abort_parts(file.object_name, key)
    file.refresh_from_db()
    return cut


def have(file: UploadedFile, cut: Plan, *, store: Store) -> list[Part]:
    """The parts that are in the store with their right size; the others are sent (again)."""
    stored = store.stored_parts(file.object_name, file.parts_key)
    return [
        part
        for part in stored
        if part.number <= cut.count and part.size_bytes == cut.size_of(part.number)
    ]


def sign(file: UploadedFile, cut: Plan, numbers: Iterable[int], *, store: Store) -> dict[int, str]:
    """Signed URLs for the parts, at most 50 at once; numbers that the file has not are left out."""
    wanted = [n for n in numbers if 1 <= n <= cut.count][:MAX_SIGNED_AT_ONCE]
    signed = store.sign_parts(file.object_name, file.parts_key, wanted, expires_s=SIGNED_FOR_S)
    return {number: request.url for number, request in signed.items()}


def complete(file: UploadedFile, *, store: Store) -> list[int]:
    """Make the object when all parts are there; returns the numbers that are still missing.

    The store's own list decides, never the browser's word.
    """
    if file.completed_at:
        return []
    if not file.parts_key:
        raise StoreError("This file was not opened yet.", transient=False)
    cut = plan(file.size_bytes, store.limits())
    # Look for the object first: after a completion whose answer was lost the parts are gone.
    if not _is_stored(file, store):
        parts = have(file, cut, store=store)
        if missing := sorted(set(range(1, cut.count + 1)) - {part.number for part in parts}):
            return missing
        store.complete_parts(file.object_name, file.parts_key, parts)
        if not _is_stored(file, store):
            raise StoreError("The store holds another size than was sent.", transient=True)
    _completed(file)
    return []


def _is_stored(file: UploadedFile, store: Store) -> bool:
    try:
        return store.stat(file.object_name).size_bytes == file.size_bytes
    except ObjectNotFound:
        return False


def _completed(file: UploadedFile) -> None:
    UploadedFile.objects.filter(pk=file.pk, completed_at=None).update(completed_at=timezone.now())
    file.refresh_from_db()


def remove(file: UploadedFile, *, store: Store) -> None:
    """Take the file out of the store, complete or not; no error if it is gone already."""
    if file.parts_key and not file.completed_at:
        store.abort_parts(file.object_name, file.parts_key)
    store.delete(file.object_name)

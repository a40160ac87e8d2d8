"""Taking things out of the store: here for both steps that do it, `expire` and `tidy`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from backends.base import OpenUpload, Store, StoredObject

Stored: TypeAlias = StoredObject | OpenUpload
UPLOADS = "uploads/"
RESULTS = "results/"
DOCTOR = "doctor/"


def remove_below(prefix: str, store: Store) -> None:
    """All that is stored below `prefix`, also of uploads by parts that were never completed."""
    for stored in in_order(store.list_objects(prefix)):
        remove(stored, store)
    for upload in list(store.open_uploads(prefix)):
        remove(upload, store)


def remove(stored: Stored, store: Store) -> None:
    """One object, or what was sent of an open upload; no error if it is gone already."""
    if isinstance(stored, OpenUpload):
        store.abort_parts(stored.name, stored.key)
    else:
        store.delete(stored.name)


def in_order(found: Iterable[Stored]) -> list[Stored]:
    """Joined objects before the pieces that they are made of (`Store.join`)."""
    return sorted(found, key=lambda stored: "/whole/" not in stored.name)

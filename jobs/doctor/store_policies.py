"""What the store offers to keep bytes on, and on what they are kept."""

from __future__ import annotations

from backends.base import Shelf, Store
from jobs.doctor.diagnosis import Answer, fault, warn, well

MAKE_ANOTHER = (
    "A container keeps its policy for good: name one that is not there yet in "
    "FREELOADER_STORE_OPTIONS, and run manage.py prepare_store (docs/operations.md)."
)


def policies(store: Store) -> Answer:
    """The policies that the store tells, and that of each container where it is told."""
    offered = store.policies()
    shelves = {prefix: place.shelf() for prefix, place in store.places().items()}
    for shelf in shelves.values():
        if wrong := _wrong(shelf, offered):
            return wrong
    kept = ", but ".join(_words(prefix, shelf) for prefix, shelf in shelves.items())
    if not offered:
        return well(f"the store does not tell which it offers; {kept}")
    return well(f"this store offers: {', '.join(offered)}; {kept}")


def _wrong(shelf: Shelf, offered: list[str]) -> Answer | None:
    """A name that Swift does not know, or one that came too late."""
    if shelf.wanted and offered and shelf.wanted not in offered:
        return fault(
            f"{shelf.container} should have the storage policy {shelf.wanted}, but the store "
            f"offers: {', '.join(offered)}.",
            MAKE_ANOTHER,
        )
    if shelf.wanted and shelf.policy and shelf.policy != shelf.wanted:
        return warn(
            f"{shelf.container} has the storage policy {shelf.policy}, not {shelf.wanted}: it was "
            "there before.",
            MAKE_ANOTHER,
        )
    return None


def _words(prefix: str, shelf: Shelf) -> str:
    told = shelf.policy or shelf.wanted
    where = shelf.container + (f" ({told})" if told else "")
    return f"{prefix} in {where}" if prefix else f"all in {where}"

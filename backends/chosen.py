"""The ports that this site has chosen in its settings."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages

from backends.base import Store


def chosen_store() -> Store:
    """The object store of `STORAGES["default"]`."""
    store = storages["default"]
    if not isinstance(store, Store):
        raise ImproperlyConfigured(
            "FREELOADER_STORE must name a store of ours, such as backends.swift.SwiftStore."
        )
    return store

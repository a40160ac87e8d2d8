"""A container for each purpose: what is sent may be kept more cheaply than what is fetched."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.utils.module_loading import import_string

from backends.base import (
    Footprint,
    OpenUpload,
    Part,
    PartLimits,
    Shelf,
    SignedForm,
    SignedRequest,
    Store,
    StoredObject,
)
from backends.django_storage import StoreStorage

OLDER_ASKED_EVERY_S = 60.0


class RoutedStore(StoreStorage, Store):
    """Several stores as one: the beginning of an object's name says which of them has it.

    What began in the common store, before its purpose had one of its own, ends there: an upload's
    files, parts and all, and a job's results stay together ("uploads/UUID/", "results/UUID/").
    """

    def __init__(self, common: StoreStorage, own: Mapping[str, StoreStorage]) -> None:
        """`own`: stores by what the names of their objects begin with, as "results/"."""
        self._common, self._own = common, dict(own)
        self._asked: dict[str, tuple[float, bool]] = {}

    def places(self) -> dict[str, Store]:
        return {"": self._common, **self._own}

    def limits(self) -> PartLimits:
        return self._common.limits()

    def policies(self) -> list[str]:
        return self._common.policies()

    def shelf(self) -> Shelf:
        return self._common.shelf()

    # an upload by parts

    def begin_parts(self, name: str) -> str:
        return self._home(name).begin_parts(name)

    def sign_parts(
        self, name: str, key: str, numbers: Iterable[int], *, expires_s: int
    ) -> dict[int, SignedRequest]:
        return self._home(name).sign_parts(name, key, numbers, expires_s=expires_s)

    def stored_parts(self, name: str, key: str) -> list[Part]:
        return self._home(name).stored_parts(name, key)

    def takes_parts(self, name: str, key: str) -> bool:
        return self._home(name).takes_parts(name, key)

    def complete_parts(self, name: str, key: str, parts: Sequence[Part]) -> StoredObject:
        return self._home(name).complete_parts(name, key, parts)

    def abort_parts(self, name: str, key: str) -> None:
        for store in self.places().values():
            store.abort_parts(name, key)

    def open_uploads(self, prefix: str) -> Iterator[OpenUpload]:
        for store in self.places().values():
            yield from store.open_uploads(prefix)

    # whole objects

    def write(self, name: str, data: bytes) -> None:
        self._home(name).write(name, data)

    def stream(self, name: str, *, start: int = 0) -> AbstractContextManager[Iterator[bytes]]:
        return self._home(name).stream(name, start=start)

    def stat(self, name: str) -> StoredObject:
        return self._home(name).stat(name)

    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        found = [store.list_objects(prefix) for store in self.places().values()]
        return heapq.merge(*found, key=lambda stored: stored.name)

    def count(self, prefix: str) -> Footprint:
        return sum((store.count(prefix) for store in self.places().values()), Footprint())

    def delete(self, name: str) -> None:
        """Wherever it is: what lies in the wrong place goes as well."""
        for store in self.places().values():
            store.delete(name)

    def join(self, name: str, pieces: Sequence[str]) -> StoredObject:
        return self._home(name).join(name, pieces)

    def sign_get(self, name: str, *, expires_s: int, filename: str | None = None) -> SignedRequest:
        return self._home(name).sign_get(name, expires_s=expires_s, filename=filename)

    def sign_put(self, name: str, *, expires_s: int) -> SignedRequest:
        return self._home(name).sign_put(name, expires_s=expires_s)

    def sign_form(
        self, prefix: str, *, max_files: int, max_bytes: int, expires_s: int
    ) -> SignedForm | None:
        return self._home(prefix).sign_form(
            prefix, max_files=max_files, max_bytes=max_bytes, expires_s=expires_s
        )

    def allow_origins(self, origins: Sequence[str], *, only_look: bool = False) -> list[str]:
        told: dict[str, None] = {}
        for store in self.places().values():
            told |= dict.fromkeys(store.allow_origins(origins, only_look=only_look))
        return list(told)

    def _save(self, name: str, content: File[Any]) -> str:
        return self._home(name).save(name, content)

    # which of them

    def _home(self, name: str) -> StoreStorage:
        purpose = next((prefix for prefix in self._own if name.startswith(prefix)), None)
        if purpose is None:
            return self._common
        if self._has_older(purpose) and self._common_shows(_directory(name)):
            return self._common
        return self._own[purpose]

    def _has_older(self, purpose: str) -> bool:
        """Whether the common store holds something of this purpose; asked once in a minute.

        Again and again, for a URL that was signed for it may be good for seven days.
        """
        now = time.monotonic()
        asked_at, has_older = self._asked.get(purpose, (0.0, True))
        if purpose not in self._asked or asked_at < now - OLDER_ASKED_EVERY_S:
            has_older = self._common_shows(purpose)
            self._asked[purpose] = (now, has_older)
        return has_older

    def _common_shows(self, prefix: str) -> bool:
        found = next(iter(self._common.list_objects(prefix)), None)
        return bool(found or next(iter(self._common.open_uploads(prefix)), None))


class PurposeStore(RoutedStore):
    """The same, as FREELOADER_STORE_OPTIONS describes it."""

    def __init__(
        self, *, backend: str, purposes: Mapping[str, Mapping[str, Any]], **options: Any
    ) -> None:
        """`backend`: the stores' class; `options`: what all of them are told, and the common one.

        `purposes`: what is different for objects whose names begin so, above all the container,
        e.g. {"results/": {"container": "freeloader-results", "storage_policy": "cheap"}}.
        """
        if wrong := [prefix for prefix in purposes if not prefix.endswith("/")]:
            raise ImproperlyConfigured(f"A purpose ends with a slash, unlike {wrong[0]}.")
        make = import_string(backend)
        told = {prefix: {**options, **own} for prefix, own in purposes.items()}
        containers = [_container(one) for one in (options, *told.values())]
        if len(set(containers)) < len(containers):
            raise ImproperlyConfigured("Each purpose needs a container of its own.")
        own = {prefix: make(**one) for prefix, one in told.items()}
        super().__init__(make(**options), own)


def _container(options: Mapping[str, Any]) -> object:
    """As either API calls it."""
    return options.get("container") or options.get("bucket_name")


def _directory(name: str) -> str:
    """What belongs together: "uploads/UUID/" of "uploads/UUID/3"."""
    return "/".join([*name.split("/")[:2], ""])

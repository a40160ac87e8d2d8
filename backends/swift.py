"""The object store by Swift's own API: segments and a manifest (SLO), and TempURLs.

Part 3 of an upload of `name` is the object `.segments/<name>/<key>/00000003`; to complete it
writes a manifest that names the parts. Segments live in the objects' own container: a TempURL
signed with a container's key reads a large object only if its segments are in there too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import groupby
from typing import Any
from uuid import uuid4

from django.core.files.base import File

from backends.base import (
    Footprint,
    ObjectNotFound,
    OpenUpload,
    Part,
    PartLimits,
    Shelf,
    SignedForm,
    SignedRequest,
    Store,
    StoredObject,
    StoreError,
)
from backends.django_storage import StoreStorage
from backends.downloads import plain_filename
from backends.keystone import Access
from backends.swift_client import SwiftClient, swift_errors
from backends.swift_container import Container
from backends.swift_info import fetch_info, native_limits, policy_names, takes_forms
from backends.swift_objects import MADE_OF, Objects
from backends.swift_segments import (
    SEGMENTS,
    changed_at,
    footprint,
    manifest,
    part_number,
    segment,
    upload_of,
)
from backends.tempurl import signed_form, temp_url

SAVED_SEGMENT_BYTES = 32 * 2**20  # of what Django saves through us


class SwiftStore(StoreStorage, Store):
    """A container of an OpenStack Swift account.

    Who holds a signed PUT may send other bytes until it expires, also after the upload is
    complete; Swift then refuses to read the object, for the manifest holds each part's MD5.
    """

    # so many keywords because they are the OPTIONS of Django's STORAGES
    def __init__(
        self,
        *,
        auth_url: str,
        container: str,
        storage_policy: str = "",
        user: str = "",
        key: str = "",
        auth_version: str = "1",
        os_options: Mapping[str, str] | None = None,
        region: str = "",
        ca_bundle: str | None = None,
        timeout_s: float = 25.0,
        temp_url_key: str | None = None,
        storage_url: str | None = None,
        page_size: int = 1000,
    ) -> None:
        """`storage_policy`: of the container, if it is made by us; else Swift's default.

        `storage_url`: the account's public URL, if browsers and nodes need another one.

        `os_options`: for Keystone, e.g. application_credential_id and -_secret, or project_name.
        `temp_url_key`: else the container's own key is used, or one is derived and set.
        """
        access = Access(
            auth_url, user, key, auth_version, os_options or {}, region, ca_bundle, timeout_s
        )
        self._client = SwiftClient(access)
        self._container = Container(self._client, container, temp_url_key, storage_policy)
        self._objects = Objects(self._client, self._container, page_size=page_size)
        self._public_url = storage_url

    def limits(self) -> PartLimits:
        return native_limits(self._info)

    def policies(self) -> list[str]:
        return policy_names(self._info)

    def shelf(self) -> Shelf:
        return self._container.shelf()

    def begin_parts(self, name: str) -> str:
        self._container.key()
        return uuid4().hex

    def sign_parts(
        self, name: str, key: str, numbers: Iterable[int], *, expires_s: int
    ) -> dict[int, SignedRequest]:
        return {
            number: self._sign("PUT", segment(name, key, number), expires_s) for number in numbers
        }

    def stored_parts(self, name: str, key: str) -> list[Part]:
        prefix = f"{SEGMENTS}{name}/{key}/"
        found = [(part_number(row, prefix), row) for row in self._objects.rows(prefix)]
        return [Part(number, row["bytes"], row["hash"]) for number, row in found if number]

    def complete_parts(self, name: str, key: str, parts: Sequence[Part]) -> StoredObject:
        filled = sorted((p for p in parts if p.size_bytes), key=lambda part: part.number)
        if not filled:
            return self._complete_empty(name, key)
        entries = manifest(self._container.name, name, key, filled)
        self._objects.put_manifest(name, entries, made_of=key)
        made = self._objects.head(name) or {}
        if made.get(MADE_OF.lower()) != key:
            raise self._incomplete(name, key, filled)
        self._drop_parts(name, key, but={part.number for part in filled})
        return StoredObject(name, int(made["content-length"]))

    def abort_parts(self, name: str, key: str) -> None:
        if not self._objects.is_made_of(name, key):
            self._drop_parts(name, key)

    def open_uploads(self, prefix: str) -> Iterator[OpenUpload]:
        """Segments that no manifest names; one look at each object that has segments."""
        found = (row for row in self._objects.rows(f"{SEGMENTS}{prefix}") if upload_of(row))
        for upload, rows in groupby(found, upload_of):
            newest = max(map(changed_at, rows))
            if upload and not self._objects.is_made_of(*upload):
                yield OpenUpload(*upload, newest)

    def write(self, name: str, data: bytes) -> None:
        self._objects.put(name, data)

    @contextmanager
    def stream(self, name: str, *, start: int = 0) -> Iterator[Iterator[bytes]]:
        body = self._objects.body(name, start)
        if body is None:
            yield iter(())
            return
        try:
            yield _chunks(name, body)
        finally:
            body.close()

    def stat(self, name: str) -> StoredObject:
        headers = self._objects.head(name)
        if headers is None:
            self._container.check()
            raise ObjectNotFound(name)
        return StoredObject(name, int(headers["content-length"]))

    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        for row in self._objects.rows(prefix):
            if not row["name"].startswith(SEGMENTS):
                yield StoredObject(row["name"], row["bytes"], changed_at(row))

    def count(self, prefix: str) -> Footprint:
        """Segments are in the objects' own container: also those whose manifest is gone."""
        places = (prefix, f"{SEGMENTS}{prefix}")
        return footprint(row for place in places for row in self._objects.rows(place))

    def delete(self, name: str) -> None:
        headers = self._objects.head(name)
        if headers is not None:
            has_parts = headers.get("x-static-large-object", "").lower() == "true"
            query = "multipart-manifest=delete" if has_parts else None
            self._objects.delete(name, query)
            # A 200 may tell of errors in its body.
            if has_parts and self._objects.head(name) is not None:
                raise StoreError(f"{name} is not deleted yet.", transient=True)
        self._drop_segments(name)

    def join(self, name: str, pieces: Sequence[str]) -> StoredObject:
        most = self.limits().max_parts
        if len(pieces) > most:
            raise StoreError(
                f"{name} would have {len(pieces)} pieces; the store takes {most}.", transient=False
            )
        filled = [piece for piece in map(self.stat, pieces) if piece.size_bytes]
        size_bytes = sum(piece.size_bytes for piece in filled)
        if (made := self._objects.head(name)) and int(made["content-length"]) == size_bytes:
            return StoredObject(name, size_bytes)
        if filled:
            entries = [
                {"path": f"/{self._container.name}/{piece.name}", "size_bytes": piece.size_bytes}
                for piece in filled
            ]
            self._objects.put_manifest(name, entries, made_of="pieces")
        else:
            self.write(name, b"")
        joined = self.stat(name)
        if joined.size_bytes != size_bytes:
            raise StoreError(f"{name} is not joined yet.", transient=True)
        return joined

    def sign_get(self, name: str, *, expires_s: int, filename: str | None = None) -> SignedRequest:
        shown = None if filename is None else plain_filename(filename)
        return self._sign("GET", name, expires_s, shown)

    def sign_put(self, name: str, *, expires_s: int) -> SignedRequest:
        return self._sign("PUT", name, expires_s)

    def sign_form(
        self, prefix: str, *, max_files: int, max_bytes: int, expires_s: int
    ) -> SignedForm | None:
        if not takes_forms(self._info):
            return None
        return signed_form(
            self._public_url or self._client.storage_url(),
            self._path(prefix),
            key=self._container.key(),
            max_files=max_files,
            max_bytes=max_bytes,
            expires_s=expires_s,
        )

    def allow_origins(self, origins: Sequence[str], *, only_look: bool = False) -> list[str]:
        if not only_look:
            self._container.allow_origins(origins)
        let_in = self._container.allowed_origins()
        return [
            f"manage.py prepare_store has to let pages of {origin} in."
            for origin in origins
            if not {origin, "*"} & set(let_in)
        ]

    def _save(self, name: str, content: File[Any]) -> str:
        key = self.begin_parts(name)
        parts = []
        for number, chunk in enumerate(content.chunks(SAVED_SEGMENT_BYTES), 1):
            data = chunk.encode() if isinstance(chunk, str) else bytes(chunk)
            etag = self._objects.put(segment(name, key, number), data)
            parts.append(Part(number, len(data), etag))
        self.complete_parts(name, key, parts)
        return name

    @cached_property
    def _info(self) -> dict[str, Any]:
        """What Swift tells of itself; asked once."""
        access = self._client.access
        return fetch_info(
            self._client.storage_url(), ca_bundle=access.ca_bundle, timeout_s=access.timeout_s
        )

    def _path(self, name: str) -> str:
        """As Swift itself sees it."""
        account = "/" + self._client.storage_url().split("/", 3)[3]
        return f"{account}/{self._container.name}/{name}"

    def _sign(
        self, method: str, name: str, expires_s: int, filename: str | None = None
    ) -> SignedRequest:
        url = temp_url(
            method,
            self._public_url or self._client.storage_url(),
            self._path(name),
            key=self._container.key(),
            expires_at=int(time.time()) + expires_s,
            filename=filename,
        )
        return SignedRequest(method, url)

    def _drop_parts(self, name: str, key: str, but: Iterable[int] = ()) -> None:
        kept = set(but)
        for part in self.stored_parts(name, key):
            if part.number not in kept:
                self._objects.delete(segment(name, key, part.number))

    def _drop_segments(self, name: str) -> None:
        """Also what a browser sent after its upload was aborted."""
        prefix = f"{SEGMENTS}{name}/"
        for row in self._objects.rows(prefix):
            if (upload := upload_of(row)) and upload[0] == name:
                self._objects.delete(row["name"])

    def _complete_empty(self, name: str, key: str) -> StoredObject:
        if self._objects.head(name) is None:
            self.write(name, b"")
        self.abort_parts(name, key)
        return self.stat(name)

    def _incomplete(self, name: str, key: str, parts: Sequence[Part]) -> StoreError:
        stored = set(self.stored_parts(name, key))
        lost = [part.number for part in parts if part not in stored]
        if not lost:  # all is there, so the store must have had a fault: worth another try
            return StoreError(f"{name} is not put together yet.", transient=True)
        return StoreError(
            f"{name} lacks {len(lost)} of its parts, the first is number {lost[0]}.",
            transient=False,
        )


def _chunks(name: str, body: Iterable[bytes]) -> Iterator[bytes]:
    with swift_errors(f"read {name}"):
        yield from body

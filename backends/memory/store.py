"""A `Store` in memory. Its signed URLs are strings that its own `send` carries out and checks."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit
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
from backends.store_errors import unanswered

CHUNK_BYTES = 2**20


class MemoryStore(StoreStorage, Store):
    """Objects in a dictionary of one process."""

    def __init__(self, *, limits: PartLimits | None = None) -> None:
        self._limits = limits or PartLimits(min_part_bytes=1)
        self._objects: dict[str, bytes] = {}
        self._parts: dict[tuple[str, str], dict[int, bytes]] = {}  # of uploads still open
        self._made_of: dict[str, int] = {}  # so many parts
        self._shown_late: dict[str, bytes] = {}
        self.is_late = False  # set it: listings then still show what is deleted, until `catch_up`
        self.changed_at: dict[tuple[str, str], datetime] = {}  # of a name, and an upload's key
        self._secret = secrets.token_bytes(16)
        self._lock = threading.RLock()
        self.is_stopped = False  # set it: every call then fails as if the store were down
        self.kept_as, self.offered = Shelf("memory", "standard"), ["standard"]
        self.origins: list[str] = []
        self.address = "https://store.invalid"  # where somebody carries out what is signed

    def limits(self) -> PartLimits:
        self._reach("tell its limits")
        return self._limits

    def policies(self) -> list[str]:
        return self.offered

    def shelf(self) -> Shelf:
        self._reach("show the container")
        return self.kept_as

    def begin_parts(self, name: str) -> str:
        self._reach(f"store {name}")
        key = uuid4().hex
        self._parts[name, key] = {}
        self._note(name, key)
        return key

    def sign_parts(
        self, name: str, key: str, numbers: Iterable[int], *, expires_s: int
    ) -> dict[int, SignedRequest]:
        return {n: self._sign("PUT", name, expires_s, part=f"{key}/{n}") for n in numbers}

    def stored_parts(self, name: str, key: str) -> list[Part]:
        self._reach(f"list {name}")
        stored = self._parts.get((name, key), {})
        return [Part(n, len(data), _md5(data)) for n, data in sorted(stored.items())]

    def takes_parts(self, name: str, key: str) -> bool:
        self._reach(f"list {name}")
        return (name, key) in self._parts

    def complete_parts(self, name: str, key: str, parts: Sequence[Part]) -> StoredObject:
        with self._lock:
            filled = sorted((p for p in parts if p.size_bytes), key=lambda part: part.number)
            if not self._is_made(name, filled):
                self._keep(name, b"".join(self._taken(name, key, filled)))
                self._made_of[name] = len(filled)
            self._parts.pop((name, key), None)
            return self.stat(name)

    def abort_parts(self, name: str, key: str) -> None:
        self._reach(f"drop {name}")
        self._parts.pop((name, key), None)

    def open_uploads(self, prefix: str) -> Iterator[OpenUpload]:
        self._reach(f"list {prefix}")
        for name, key in sorted(self._parts):
            if name.startswith(prefix):
                yield OpenUpload(name, key, self.changed_at[name, key])

    def write(self, name: str, data: bytes) -> None:
        self._reach(f"store {name}")
        self._keep(name, data)

    @contextmanager
    def stream(self, name: str, *, start: int = 0) -> Iterator[Iterator[bytes]]:
        data = self._find(name)
        yield (data[at : at + CHUNK_BYTES] for at in range(start, len(data), CHUNK_BYTES))

    def stat(self, name: str) -> StoredObject:
        return StoredObject(name, len(self._find(name)))

    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        self._reach(f"list {prefix}")
        for name, data in sorted({**self._shown_late, **self._objects}.items()):
            if name.startswith(prefix):
                yield StoredObject(name, len(data), self.changed_at[name, ""])

    def count(self, prefix: str) -> Footprint:
        found = Footprint()
        for stored in self.list_objects(prefix):
            found += Footprint(1, self._made_of.get(stored.name, 0), stored.size_bytes)
        for upload in self.open_uploads(prefix):
            parts = self.stored_parts(upload.name, upload.key)
            found += Footprint(0, len(parts), sum(part.size_bytes for part in parts))
        return found

    def delete(self, name: str) -> None:
        self._reach(f"delete {name}")
        if self.is_late and name in self._objects:
            self._shown_late[name] = self._objects[name]
        self._objects.pop(name, None)
        if name not in self._shown_late:
            self._made_of.pop(name, None)

    def catch_up(self) -> None:
        """Listings show what is stored, and no more."""
        self.is_late = False
        self._shown_late.clear()

    def join(self, name: str, pieces: Sequence[str]) -> StoredObject:
        data = b"".join([self._find(piece) for piece in pieces])
        if name not in self._objects or len(self._objects[name]) != len(data):
            self.write(name, data)
        return self.stat(name)

    def sign_get(self, name: str, *, expires_s: int, filename: str | None = None) -> SignedRequest:
        return self._sign("GET", name, expires_s, filename=filename or "")

    def sign_put(self, name: str, *, expires_s: int) -> SignedRequest:
        return self._sign("PUT", name, expires_s)

    def sign_form(
        self, prefix: str, *, max_files: int, max_bytes: int, expires_s: int
    ) -> SignedForm | None:
        signed = self._sign("POST", prefix, expires_s, bounds=f"{max_files}/{max_bytes}")
        return SignedForm(signed.url, {"key": "of memory"}, max_files, max_bytes)

    def allow_origins(self, origins: Sequence[str], *, only_look: bool = False) -> list[str]:
        self._reach("let web pages send to it")
        if not only_look:
            self.origins = list(origins)
        return [f"{origin} is not let in." for origin in origins if origin not in self.origins]

    def send(self, request: SignedRequest, data: bytes = b"") -> bytes:
        """Do what a browser or a node does with a signed request; a GET's body comes back.

        `PermissionError` if it is expired or was tampered with, `FileNotFoundError` if there is
        no such object or upload: what HTTP says with 401 or 403, and with 404.
        """
        self._reach("answer a signed request")
        name, query = self._verified(request)
        if request.method == "GET":
            if name not in self._objects:
                raise FileNotFoundError(name)
            return self._objects[name]
        if part := query.get("part"):
            self._receive(name, part, data)
        else:
            self._keep(name, data)
        return b""

    def submit(self, form: SignedForm, files: Mapping[str, bytes]) -> None:
        """Do what a browser does with a form; `PermissionError` also for too much of anything."""
        self._reach("answer a signed form")
        prefix, _ = self._verified(SignedRequest("POST", form.url))
        too_large = any(len(data) > form.max_bytes for data in files.values())
        if too_large or len(files) > form.max_files:
            raise PermissionError("It is more than the form allows.")
        for name, data in files.items():
            self._keep(prefix + name, data)

    def _save(self, name: str, content: File[Any]) -> str:
        data = content.read()
        self.write(name, data.encode() if isinstance(data, str) else data)
        return name

    def _keep(self, name: str, data: bytes) -> None:
        self._objects[name] = bytes(data)
        self._made_of.pop(name, None)
        self._note(name)

    def _note(self, name: str, key: str = "") -> None:
        self.changed_at[name, key] = datetime.now(UTC)

    def _reach(self, act: str) -> None:
        if self.is_stopped:
            raise unanswered(act)

    def _find(self, name: str) -> bytes:
        self._reach(f"read {name}")
        if name not in self._objects:
            raise ObjectNotFound(name)
        return self._objects[name]

    def _is_made(self, name: str, filled: Sequence[Part]) -> bool:
        self._reach(f"store {name}")
        data = self._objects.get(name)
        return data is not None and (
            not filled or len(data) == sum(part.size_bytes for part in filled)
        )

    def _taken(self, name: str, key: str, parts: Sequence[Part]) -> list[bytes]:
        """The parts' bytes; refuses a missing, changed or too small one as the real stores do."""
        stored = self._parts.get((name, key), {})
        for part in parts:
            if part.number not in stored or _md5(stored[part.number]) != part.etag:
                raise StoreError(f"{name} lacks its part {part.number}.", transient=False)
        if any(part.size_bytes < self._limits.min_part_bytes for part in parts[:-1]):
            raise StoreError(f"A part of {name} is too small.", transient=False)
        return [stored[part.number] for part in parts]

    def _receive(self, name: str, part: str, data: bytes) -> None:
        key, number = part.rsplit("/", 1)
        if (name, key) not in self._parts:
            raise FileNotFoundError(name)
        self._parts[name, key][int(number)] = bytes(data)

    def _sign(self, method: str, name: str, expires_s: int, **more: str) -> SignedRequest:
        self._reach(f"sign for {name}")
        query = {"expires": str(int(time.time()) + expires_s), **more}
        query["signature"] = self._signature(method, name, query)
        return SignedRequest(method, f"{self.address}/{quote(name)}?{urlencode(query)}")

    def _signature(self, method: str, name: str, query: dict[str, str]) -> str:
        text = repr((method, name, sorted(query.items())))
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def _verified(self, request: SignedRequest) -> tuple[str, dict[str, str]]:
        url = urlsplit(request.url)
        name = unquote(url.path.removeprefix("/"))
        pairs = parse_qs(url.query, keep_blank_values=True)
        query = {field: values[0] for field, values in pairs.items()}
        signature = query.pop("signature", "")
        if not hmac.compare_digest(signature, self._signature(request.method, name, query)):
            raise PermissionError("The signature does not fit the request.")
        if int(query["expires"]) <= time.time():
            raise PermissionError("The signed request has expired.")
        return name, query


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()

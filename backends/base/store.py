"""The object store, as Freeloader asks of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from backends.base.errors import StoreError


@dataclass(frozen=True)
class PartLimits:
    """What the store takes in one upload by parts (Swift's /info; S3's documented limits)."""

    max_parts: int = 1000
    min_part_bytes: int = 5 * 2**20
    max_part_bytes: int = 5 * 2**30
    # The header by which a signed PUT is held against its SHA-256 (base64); "": there is none.
    sha256_header: str = ""


@dataclass(frozen=True)
class StoredObject:
    """An object as the store lists it; `changed_at` (UTC) is told by `list_objects` alone."""

    name: str
    size_bytes: int
    changed_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class OpenUpload:
    """An upload by parts that was neither completed nor aborted, or what came after that.

    `changed_at` (UTC): S3 tells when it was begun, Swift when the newest segment was stored.
    """

    name: str
    key: str
    changed_at: datetime


@dataclass(frozen=True)
class Shelf:
    """The container that objects are kept in, and its storage policy: what their bytes cost.

    "": the store does not tell it. `wanted`: what the site's settings ask for, if anything.
    """

    container: str
    policy: str = ""
    wanted: str = ""


@dataclass(frozen=True)
class Footprint:
    """How much is stored; false if nothing is.

    `segments`: what objects consist of, and parts that no object is made of (yet). `size_bytes`
    counts each stored byte once, also where an object shares its bytes with its segments.
    """

    objects: int = 0
    segments: int = 0
    size_bytes: int = 0

    def __add__(self, other: Footprint) -> Footprint:
        """Both together."""
        return Footprint(
            self.objects + other.objects,
            self.segments + other.segments,
            self.size_bytes + other.size_bytes,
        )

    def __bool__(self) -> bool:
        """Whether anything is stored; empty objects are."""
        return bool(self.objects or self.segments)


@dataclass(frozen=True)
class Part:
    """One stored part of an upload that is not complete yet; numbers count from 1."""

    number: int
    size_bytes: int
    etag: str


@dataclass(frozen=True)
class SignedRequest:
    """A request that whoever holds it may send to the store until it expires, without a key.

    `headers` is empty by contract: compute nodes and browsers send the URL and the bytes only.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SignedForm:
    """A form by which whoever holds it may store many small objects with one request.

    POST multipart/form-data: `fields` first, then the files; a file's name is appended to the
    form's prefix. To a browser that is a simple request (fetch.spec.whatwg.org): it asks for no
    leave before, which else costs every small file a second request.
    """

    url: str
    fields: Mapping[str, str]
    max_files: int
    max_bytes: int  # of each of them


class Store(ABC):
    """Objects in OpenStack Swift, by one of its two APIs.

    Object names are ours ("uploads/<uuid>/3"), immutable and never written twice with other
    bytes. Every method raises `StoreError`; reading what is not there raises `ObjectNotFound`.
    Safe to share between threads; not to be carried over a fork. What is signed for longer than
    the API can (S3: seven days) is refused with a `StoreError` that says so.
    """

    @abstractmethod
    def limits(self) -> PartLimits:
        """What one upload by parts may be; cached after the first answer."""

    def places(self) -> dict[str, Store]:
        """The stores that this one consists of, by what the names of their objects begin with."""
        return {"": self}

    @abstractmethod
    def policies(self) -> list[str]:
        """The storage policies that the store offers, its default first; [] if it does not tell."""

    @abstractmethod
    def shelf(self) -> Shelf:
        """Where objects are kept, or will be; the store is asked, and nothing is made."""

    # an upload by parts: begin, (sign · the browser sends) for each part, list, complete

    @abstractmethod
    def begin_parts(self, name: str) -> str:
        """Open an upload by parts of the object `name`; returns its key (never empty)."""

    @abstractmethod
    def sign_parts(
        self, name: str, key: str, numbers: Iterable[int], *, expires_s: int
    ) -> dict[int, SignedRequest]:
        """One signed PUT for each part number."""

    @abstractmethod
    def stored_parts(self, name: str, key: str) -> list[Part]:
        """The parts that are stored, by number; every page of the store's answer is read.

        None for an upload that was aborted or never begun. After `complete_parts` the answer
        means nothing (S3 has forgotten them, Swift has not): ask `stat` first.
        """

    def takes_parts(self, name: str, key: str) -> bool:
        """Whether parts sent under this key count: not where the store has dropped the upload.

        They always do where parts are objects by themselves.
        """
        return True

    @abstractmethod
    def complete_parts(self, name: str, key: str, parts: Sequence[Part]) -> StoredObject:
        """Make the object of these parts, by number; to repeat it after success does no harm.

        No part, or empty ones only, make an empty object, unless the object is there already.
        """

    @abstractmethod
    def abort_parts(self, name: str, key: str) -> None:
        """Drop an upload by parts and what is stored of it; no error if it is gone already.

        After `complete_parts` it does nothing.
        """

    @abstractmethod
    def open_uploads(self, prefix: str) -> Iterator[OpenUpload]:
        """Every upload by parts still open whose object's name begins so, page by page.

        Swift knows none of which no part is stored. S3 shows no part that was still under way
        when its upload was aborted (docs/operations.md, What stays in the store).
        """

    # whole objects

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Store a small object whole (a receipt, an empty file); large ones go by parts."""

    @abstractmethod
    def stream(self, name: str, *, start: int = 0) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes from `start` on, in chunks of at most 1 MiB; never the whole in memory.

        None if `start` is the object's end or past it.
        """

    @abstractmethod
    def stat(self, name: str) -> StoredObject:
        """Name and size in bytes, asked of the store now."""

    @abstractmethod
    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        """Every object whose name begins so, sorted by name, page by page."""

    @abstractmethod
    def count(self, prefix: str) -> Footprint:
        """What is stored below a prefix, as far as the store shows it now; listings may lag.

        Swift's own API shows every segment, also one whose manifest is gone. S3 shows of how many
        parts an object was made and what open uploads hold; segments without either are hidden,
        and those of a deleted object as long as Swift's expirer has not come by.
        """

    @abstractmethod
    def delete(self, name: str) -> None:
        """Remove the object with all its segments; no error if it is gone already."""

    @abstractmethod
    def join(self, name: str, pieces: Sequence[str]) -> StoredObject:
        """Make `name` of the stored objects `pieces`, in order, inside the store.

        The pieces belong to it from then on: they may be what it consists of (Swift) or copied
        (S3). To delete `name` may remove them; delete them afterwards, never before or alone.
        Where `name` is there already, as large as its pieces together, nothing is done again.
        """

    @abstractmethod
    def sign_get(self, name: str, *, expires_s: int, filename: str | None = None) -> SignedRequest:
        """A signed GET; with `filename` the browser saves it under that name (any Unicode)."""

    @abstractmethod
    def sign_put(self, name: str, *, expires_s: int) -> SignedRequest:
        """A signed PUT of one whole object (at most `limits().max_part_bytes`)."""

    def sign_form(
        self, prefix: str, *, max_files: int, max_bytes: int, expires_s: int
    ) -> SignedForm | None:
        """A form for objects whose names begin with `prefix`; None where the API has none."""
        return None

    @abstractmethod
    def allow_origins(self, origins: Sequence[str], *, only_look: bool = False) -> list[str]:
        """Let browsers of these origins send files, as far as the API lets a tenant.

        Returns what is still to be done, and by whom, one text each; empty: all is set.
        `only_look` changes nothing.
        """

    def read(self, name: str, *, max_bytes: int) -> bytes:
        """A small object whole; `StoreError` if it is larger than `max_bytes`."""
        data = b""
        with self.stream(name) as chunks:
            for chunk in chunks:
                data += chunk
                if len(data) > max_bytes:
                    raise StoreError(f"{name} is larger than {max_bytes} bytes.", transient=False)
        return data

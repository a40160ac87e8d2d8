"""Archives over a store in memory, and a store that holds large files of zeros."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from backends.base import Store
from backends.memory import MemoryStore
from jobs.results.archive.plan import Archive, File
from jobs.results.archive.zip_format import Entry

AT = datetime(2026, 11, 26, 12, 30, 44, tzinfo=UTC)
MIB = 2**20


def stored(store: Store, files: Mapping[str, bytes]) -> Archive:
    """The archive of these files, which are written into the store."""
    return Archive([_stored(store, *item) for item in files.items()])


def _stored(store: Store, path: str, data: bytes) -> File:
    name = f"results/{path}"
    store.write(name, data)
    entry = Entry(path, len(data), zlib.crc32(data), AT)
    return File(entry, sha256=hashlib.sha256(data).hexdigest(), object_name=name)


def whole(plan: Archive, store: Store) -> bytes:
    """All its bytes."""
    return b"".join(plan.read(store, 0, plan.size_bytes))


class Zeros(MemoryStore):
    """Where `sizes` names an object, it is of zeros; notes what is read from where on."""

    def __init__(self, sizes: Mapping[str, int] | None = None) -> None:
        super().__init__()
        self.sizes = sizes or {}
        self.reads: list[tuple[str, int]] = []

    @contextmanager
    def stream(self, name: str, *, start: int = 0) -> Iterator[Iterator[bytes]]:
        self.reads.append((name, start))
        if name not in self.sizes:
            with super().stream(name, start=start) as chunks:
                yield chunks
            return
        size = self.sizes[name]
        yield (bytes(min(MIB, size - at)) for at in range(start, size, MIB))


def zeros(path: str, size_bytes: int) -> File:
    """A file of zeros that `Zeros` may hold; its sums are not those of its bytes."""
    return File(Entry(path, size_bytes, 0xC0FFEE, AT), sha256="0" * 64, object_name=path)


class Remote(io.RawIOBase):
    """The archive as a file of which only that is read which is asked for: a download by ranges."""

    def __init__(self, plan: Archive, store: Store) -> None:
        self.plan, self.store, self.at = plan, store, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.plan.size_bytes}
        self.at = base[whence] + offset
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, size: int = -1) -> bytes:
        stop = self.plan.size_bytes if size < 0 else min(self.at + size, self.plan.size_bytes)
        data = b"".join(self.plan.read(self.store, self.at, stop)) if stop > self.at else b""
        self.at += len(data)
        return data

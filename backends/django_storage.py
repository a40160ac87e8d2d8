"""What Django asks of a `Storage`, answered by a `Store`: so a site names its store in STORAGES."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.files.base import File
from django.core.files.storage import Storage

from backends.base import ObjectNotFound, Store, StoredObject

if TYPE_CHECKING:
    _Base = Store
else:
    _Base = object

URL_EXPIRES_S = 300


class StoreStorage(Storage, _Base):
    """Reading, looking and linking; `_save` is the backend's own. Files are read as a stream."""

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        if mode != "rb":
            raise ValueError("Objects of the store are opened for reading in binary only.")
        try:
            size_bytes = self.stat(name).size_bytes
        except ObjectNotFound as error:
            raise FileNotFoundError(name) from error
        return File(io.BufferedReader(StreamedObject(self, name, size_bytes), 2**20), name)

    def exists(self, name: str) -> bool:
        try:
            self.stat(name)
        except ObjectNotFound:
            return False
        return True

    def size(self, name: str) -> int:
        try:
            return self.stat(name).size_bytes
        except ObjectNotFound as error:
            raise FileNotFoundError(name) from error

    def url(self, name: str | None, *_args: Any, **_options: Any) -> str:
        return self.sign_get(name or "", expires_s=URL_EXPIRES_S).url

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        prefix = f"{path.rstrip('/')}/" if path else ""
        return split_listing(prefix, self.list_objects(prefix))


def split_listing(prefix: str, objects: Iterator[StoredObject]) -> tuple[list[str], list[str]]:
    """The folders and the files directly below `prefix`."""
    folders: dict[str, None] = {}
    files: list[str] = []
    for found in objects:
        first, slash, _ = found.name.removeprefix(prefix).partition("/")
        if slash:
            folders[first] = None
        else:
            files.append(first)
    return list(folders), files


class StreamedObject(io.RawIOBase):
    """An object as a file: one stream, opened anew only after a seek."""

    def __init__(self, store: Store, name: str, size_bytes: int) -> None:
        self._store, self._name, self._size = store, name, size_bytes
        self._at = 0
        self._rest = b""
        self._chunks: Iterator[bytes] | None = None
        self._opened: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset != self._at:
            self._let_go()
            self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._stream(), b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        self._at += count
        return count

    def close(self) -> None:
        self._let_go()
        super().close()

    def _stream(self) -> Iterator[bytes]:
        if self._chunks is None:
            self._opened = self._store.stream(self._name, start=self._at)
            self._chunks = self._opened.__enter__()
        return self._chunks

    def _let_go(self) -> None:
        if self._opened is not None:
            self._opened.__exit__(None, None, None)
        self._opened, self._chunks, self._rest = None, None, b""

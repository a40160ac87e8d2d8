"""A folder in the object store's place: `file:` URLs, for a try on a laptop."""

import os
from pathlib import Path
from typing import Any, Iterator
from urllib.parse import urlsplit
from urllib.request import url2pathname

from .files import CHUNK_BYTES


def is_local(url: str) -> bool:
    return url.startswith("file:")


def path_of(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))


def read(url: str, start: int) -> Iterator[bytes]:
    """The file's bytes from `start` on."""
    with path_of(url).open("rb") as file:
        file.seek(start)
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def write(url: str, data: Any) -> None:
    """Store bytes, or anything with read(): beside, then renamed, so that no half is ever seen."""
    target = path_of(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f"{target.name}.{os.getpid()}.tmp")  # workers write side by side
    with beside.open("wb") as file:
        chunks = [data] if isinstance(data, bytes) else iter(data.read, b"")
        for chunk in chunks:
            file.write(chunk)
    beside.replace(target)

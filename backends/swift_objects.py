"""One request each: what a Swift container's objects are asked for by its own API."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from swiftclient.exceptions import ClientException

from backends.swift_client import SwiftClient, headers_of, swift_errors
from backends.swift_container import Container

CHUNK_BYTES = 2**20
OPAQUE = "application/octet-stream"  # a browser must never render what a visitor sent
# Swift works through a long manifest while it keeps the connection alive with spaces; the
# answer is 202 even if it fails, so the caller looks afterwards (Swift's SLO documentation).
MANIFEST_PUT = "multipart-manifest=put&heartbeat=on"
MADE_OF = "X-Object-Meta-Made-Of"


class Objects:
    """The objects of one container, its segments among them."""

    def __init__(self, client: SwiftClient, container: Container, *, page_size: int) -> None:
        self._client = client
        self._container = container
        self._page_size = page_size

    def head(self, name: str) -> dict[str, str] | None:
        """Its headers, names in lower case; None if it is not there."""
        with swift_errors(f"show {name}"):
            try:
                found = self._client.connection().head_object(self._container.name, name)
            except ClientException as error:
                if error.http_status == 404:
                    return None
                raise
        return headers_of(found)

    def is_made_of(self, name: str, key: str) -> bool:
        """Whether it was put together under this key."""
        return (self.head(name) or {}).get(MADE_OF.lower()) == key

    def rows(self, prefix: str) -> Iterator[dict[str, Any]]:
        """The container's listing below a prefix, page by page."""
        self._container.key()
        marker = None
        while True:
            with swift_errors(f"list {prefix}"):
                _, rows = self._client.connection().get_container(
                    self._container.name, prefix=prefix, marker=marker, limit=self._page_size
                )
            yield from rows
            if not rows:
                return
            marker = rows[-1]["name"]

    def body(self, name: str, start: int) -> Any:
        """An open response with the bytes from `start` on; None if that is nothing."""
        headers = {"Range": f"bytes={start}-"} if start else None
        with swift_errors(f"read {name}", missing=name):
            try:
                _, body = self._client.connection().get_object(
                    self._container.name, name, resp_chunk_size=CHUNK_BYTES, headers=headers
                )
            except ClientException as error:
                if error.http_status == 416:  # nothing at or behind `start`
                    return None
                if error.http_status == 404:
                    self._container.check()
                raise
        return body

    def put(
        self,
        name: str,
        data: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        query: str | None = None,
    ) -> str:
        """Store it; returns the ETag."""
        self._container.key()
        with swift_errors(f"store {name}"):
            # swiftclient repeats a failed PUT only if it can rewind what it sends
            etag = self._client.connection().put_object(
                self._container.name,
                name,
                io.BytesIO(data) if data else b"",
                content_length=len(data),
                content_type=OPAQUE,
                headers=headers,
                query_string=query,
            )
        return str(etag)

    def put_manifest(self, name: str, entries: list[dict[str, Any]], *, made_of: str) -> None:
        """Make it of these; whether that was done, only a look afterwards tells."""
        text = json.dumps(entries).encode()
        self.put(name, text, headers={MADE_OF: made_of}, query=MANIFEST_PUT)

    def delete(self, name: str, query: str | None = None) -> None:
        """Remove it; no error if it is gone already."""
        with swift_errors(f"delete {name}"):
            try:
                self._client.connection().delete_object(
                    self._container.name, name, query_string=query
                )
            except ClientException as error:
                if error.http_status != 404:
                    raise

"""S3Storage of django-storages as this site uses it: sealed from the environment, by thread.

And what each request needs: a client, a bucket that is there, a signature.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from django.core.exceptions import ImproperlyConfigured
from storages.backends.s3 import S3Storage

from backends.base import ObjectNotFound, SignedRequest, StoreError
from backends.django_storage import StoreStorage
from backends.s3_client import (
    client_config,
    every_row,
    is_absent,
    make_bucket,
    s3_errors,
    sealed_session,
)
from backends.store_errors import lost_container, site_faults

COPY_TIMEOUT_S = 600.0  # copying half a GiB inside a busy store takes its time
MAX_EXPIRES_S = 604_800  # of Signature Version 4
REQUIRED = ("endpoint_url", "bucket_name", "access_key", "secret_key")
OPAQUE = "application/octet-stream"  # a browser must never render what a visitor sent


class SealedS3Storage(StoreStorage, S3Storage):  # type: ignore[misc]
    """A bucket for Django, told everything by its OPTIONS; and boto3's clients for it."""

    def __init__(
        self,
        *,
        public_endpoint_url: str | None = None,
        storage_policy: str = "",
        page_size: int = 1000,
        timeout_s: float = 25.0,
        **options: Any,
    ) -> None:
        """`options` are django-storages' own: endpoint_url, bucket_name, access_key, secret_key;
        region_name as Swift's s3api calls its location; verify, a CA bundle's path.

        `public_endpoint_url`: what browsers and nodes call, if it is another one. The signature
        covers host and path: a gateway must pass both on as they are.

        `storage_policy`: Swift's, of the bucket if it is made by us.
        """
        super().__init__(**{"client_config": client_config(timeout_s), **options})
        absent = [name for name in REQUIRED if not getattr(self, name)]
        if absent or self.location:
            raise ImproperlyConfigured(f"S3Store needs {', '.join(REQUIRED)}, and no location.")
        self._public_endpoint_url = public_endpoint_url or self.endpoint_url
        self._page_size = page_size
        self._timeout_s = timeout_s
        self._clients: dict[tuple[int, str, float], Any] = {}
        self._policy = storage_policy
        self._is_ready = False

    def get_default_settings(self) -> dict[str, Any]:
        """django-storages' defaults, but none out of the environment."""
        defaults: dict[str, Any] = super().get_default_settings()
        return defaults | {
            "access_key": None,
            "secret_key": None,
            "security_token": None,
            "session_profile": None,
            "region_name": "us-east-1",
            "file_overwrite": False,
            "object_parameters": {"ContentType": OPAQUE},
        }

    @property
    def connection(self) -> Any:
        """This thread's boto3 resource; a new one after a fork."""
        own: threading.local = self._connections
        if getattr(own, "pid", None) != os.getpid():
            own.resource = self._create_session().resource(
                "s3", **self._client_options(self.endpoint_url)
            )
            own.pid = os.getpid()
        return own.resource

    @property
    def bucket(self) -> Any:
        """This thread's own: django-storages would share the first one, which is not safe."""
        return self.connection.Bucket(self.bucket_name)

    def _create_session(self) -> Any:
        return sealed_session(self.access_key, self.secret_key)

    @property
    def _bundle(self) -> str | None:
        return self.verify if isinstance(self.verify, str) else None

    def _client_options(self, endpoint_url: str, read_timeout_s: float = 0) -> dict[str, Any]:
        patience = Config(read_timeout=read_timeout_s) if read_timeout_s else None
        return {
            "endpoint_url": endpoint_url,
            "region_name": self.region_name,
            "config": self.client_config.merge(patience) if patience else self.client_config,
            "verify": self.verify,
        }

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": name}

    def _rows(self, call: str, field: str, **place: str) -> Iterator[dict[str, Any]]:
        return every_row(self._ready(), call, field, page_size=self._page_size, **place)

    def _client(self, endpoint_url: str, read_timeout_s: float = 0) -> Any:
        """Clients, unlike resources, may be shared between threads; not between processes."""
        place = (os.getpid(), endpoint_url, read_timeout_s)
        if place not in self._clients:
            options = self._client_options(endpoint_url, read_timeout_s)
            self._clients[place] = self._create_session().client("s3", **options)
        return self._clients[place]

    def _patient(self) -> Any:
        """The client for what the store works at before it answers: copying, putting together."""
        self._ready()
        return self._client(self.endpoint_url, COPY_TIMEOUT_S)

    def _ready(self) -> Any:
        """The client; makes the bucket if it is not there (asks once in a process's life)."""
        client = self._client(self.endpoint_url)
        if not self._is_ready:
            with site_faults(), s3_errors(f"show the bucket {self.bucket_name}"):
                if is_absent(lambda: client.head_bucket(Bucket=self.bucket_name)):
                    make_bucket(client, self.bucket_name, self.region_name, self._policy)
            self._is_ready = True
        return client

    @contextmanager
    def _misses(self) -> Iterator[None]:
        """Believe that an object is missing only as long as the bucket is not missing, too."""
        try:
            yield
        except ObjectNotFound:
            client = self._client(self.endpoint_url)
            with site_faults(), s3_errors(f"show the bucket {self.bucket_name}"):
                if is_absent(lambda: client.head_bucket(Bucket=self.bucket_name)):
                    raise lost_container(self.bucket_name) from None
            raise

    def _sign(
        self, method: str, call: str, params: dict[str, Any], expires_s: int
    ) -> SignedRequest:
        if expires_s > MAX_EXPIRES_S:
            raise StoreError("The S3 API signs for at most seven days.", transient=False)
        self._ready()
        url = self._client(self._public_endpoint_url).generate_presigned_url(
            call, Params=params, ExpiresIn=expires_s, HttpMethod=method
        )
        return SignedRequest(method, url)

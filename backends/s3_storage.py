"""S3Storage of django-storages as this site uses it: sealed from the environment, by thread."""

from __future__ import annotations

import os
import threading
from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

from backends.django_storage import StoreStorage
from backends.s3_client import sealed_session

OPAQUE = "application/octet-stream"  # a browser must never render what a visitor sent


class SealedS3Storage(StoreStorage, S3Storage):  # type: ignore[misc]
    """A bucket for Django, told everything by its OPTIONS."""

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

"""What is measured without a test bed: a demonstration on either API of its store, no worker."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from backends.base import Store
from backends.s3 import S3Store
from backends.swift import SwiftStore
from deploy.demo.site import ROOT, DemoSite
from deploy.swift_one import credentials

APIS = ("native", "s3")
BUCKET = "freeloader-s3"
FORM_KEY = "only-for-the-bench"


@dataclass(frozen=True)
class BenchSite(DemoSite):
    """A demonstration; `store_url` is what browsers call, where that is not the store itself."""

    api: str = "native"
    store_url: str = ""

    def environment(self) -> dict[str, str]:
        """That of a demonstration, with this store."""
        kind = type(self.store())
        return super().environment() | {
            "FREELOADER_STORE": f"{kind.__module__}.{kind.__name__}",
            "FREELOADER_STORE_OPTIONS": json.dumps(self._options()),
            "FREELOADER_STORE_ORIGIN": self.store_url or self._store_itself,
        }

    def store(self) -> Store:
        """The site's store, for this process too."""
        if not settings.configured:
            settings.configure()
        return (SwiftStore if self.api == "native" else S3Store)(**self._options())

    def shell(self, script: str) -> str:
        """What a script prints inside the site's Django."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
        environment = self.environment()
        run = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return run.stdout

    @property
    def _store_itself(self) -> str:
        return f"http://127.0.0.1:{self.swift_port}"

    def _options(self) -> dict[str, Any]:
        store = credentials(self.swift_root, self.swift_port)
        public = self.store_url or self._store_itself
        if self.api == "native":
            return {
                "auth_url": store.auth_url,
                "user": store.user,
                "key": store.key,
                "container": "freeloader",
                "storage_url": f"{public}/v1/{store.account}",
            }
        return {
            "endpoint_url": store.s3_endpoint,
            "bucket_name": BUCKET,
            "access_key": store.s3_access_key,
            "secret_key": store.s3_secret_key,
            "region_name": store.region,
            "public_endpoint_url": public,
            "native_url": f"{public}/v1/{store.account}",
            "temp_url_key": FORM_KEY,
        }

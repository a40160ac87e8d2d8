"""The sites that are measured: a demonstration on either API of its store, without a worker."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
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
OFFER = Path(__file__).with_name("offer.py")


@dataclass(frozen=True)
class UploadSite(DemoSite):
    """A site of which nothing but the database is in memory.

    So what its web processes write to disk is not the database's. `store_url` and `page_url` are
    what browsers call, where that is a link.
    """

    api: str = "native"
    memory: Path = field(default_factory=Path)
    store_url: str = ""
    page_url: str = ""
    links: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Where the pages are, for browsers."""
        return self.page_url or super().url

    @property
    def page(self) -> str:
        """The page that takes anything."""
        return f"{self.url}/p/anything/"

    @property
    def origins(self) -> list[str]:
        """All the ways to the pages."""
        return [super().url, *self.links]

    @property
    def temporary(self) -> Path:
        """Where the web server would keep what it cannot keep in memory: on the disk."""
        return self.state / "tmp"

    def environment(self) -> dict[str, str]:
        """That of a demonstration, with this store and this database."""
        self.temporary.mkdir(parents=True, exist_ok=True)
        kind = type(self.store())
        return super().environment() | {
            "FREELOADER_SITE_URL": self.url,
            "FREELOADER_DATABASE_URL": f"sqlite:///{self.memory}/{self.api}.sqlite3",
            "FREELOADER_STORE": f"{kind.__module__}.{kind.__name__}",
            "FREELOADER_STORE_OPTIONS": json.dumps(self._options()),
            "FREELOADER_STORE_ORIGIN": self.store_url or self._store_itself,
            "TMPDIR": str(self.temporary),
        }

    def store(self) -> Store:
        """The site's store, for this process too."""
        if not settings.configured:
            settings.configure()
        return (SwiftStore if self.api == "native" else S3Store)(**self._options())

    def make_page(self) -> None:
        """Offer the page, however often it was offered before."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", OFFER.read_text()]
        environment = self.environment()
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

    def forget_large_objects(self) -> None:
        """Delete what takes room in the store."""
        store = self.store()
        for stored in list(store.list_objects("uploads/")):
            if stored.size_bytes >= 2**20:
                store.delete(stored.name)

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

    def let_forms_in(self) -> None:
        """On the S3 API: set the key of the bucket's container, as an operator would."""
        store = credentials(self.swift_root, self.swift_port)
        bucket = SwiftStore(
            auth_url=store.auth_url,
            user=store.user,
            key=store.key,
            container=BUCKET,
            temp_url_key=FORM_KEY,
        )
        bucket.sign_put("anything", expires_s=1)  # a store sets its key when it first needs it

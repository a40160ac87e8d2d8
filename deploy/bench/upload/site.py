"""The sites to which is sent: beside their pages and their store, the links to both."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from backends.swift import SwiftStore
from deploy.bench.site import BUCKET, FORM_KEY, BenchSite
from deploy.swift_one import credentials

OFFER = Path(__file__).with_name("offer.py")


@dataclass(frozen=True)
class UploadSite(BenchSite):
    """A site of which nothing but the database is in memory.

    So what its web processes write to disk is not the database's. `page_url` is what browsers
    call, where that is a link.
    """

    memory: Path = field(default_factory=Path)
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
        return super().environment() | {
            "FREELOADER_DATABASE_URL": f"sqlite:///{self.memory}/{self.api}.sqlite3",
            "TMPDIR": str(self.temporary),
        }

    def make_page(self) -> None:
        """Offer the page, however often it was offered before."""
        self.shell(OFFER.read_text())

    def forget_large_objects(self) -> None:
        """Delete what takes room in the store."""
        store = self.store()
        for stored in list(store.list_objects("uploads/")):
            if stored.size_bytes >= 2**20:
                store.delete(stored.name)

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

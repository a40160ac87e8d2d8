"""A site of processes that can be killed one by one: web server, store, and the link between."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.utils.module_loading import import_string

from backends.base import Store
from deploy.demo.site import ROOT, free_port, is_free
from deploy.link import Link
from deploy.swift_one import credentials
from deploy.testbed.site import until
from tests.live.stores import BACKENDS, options

SECRET_KEY = "only-for-tests-" + "x" * 40


def prepare(folder: Path) -> None:
    """A database with a page that takes anything, and the static files: once for all sites."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "freeloader_site.settings",
        "FREELOADER_SECRET_KEY": SECRET_KEY,
        "FREELOADER_DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "FREELOADER_STATIC_ROOT": f"{folder}/static",
    }
    script = Path(__file__).with_name("page.py").read_text()
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


@dataclass
class UploadSite:
    """One page that takes any files; browsers reach the store by `link` only."""

    folder: Path  # with its database, as `prepare` has made it
    static: Path
    kind: str  # "swift" or "s3"
    link: Link
    swift_port: int
    urls_good_for_s: int = 6 * 3600
    web_port: int = field(default_factory=free_port)
    web: subprocess.Popen[bytes] | None = None
    swift: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def page(self) -> str:
        """The page that takes files."""
        return f"{self.url}/p/anything/"

    def start(self) -> None:
        """Bring up all of it."""
        self.start_swift()
        assert self.store().allow_origins([self.url]) == []
        self.start_web()

    def stop(self) -> None:
        """Stop what was started."""
        self.kill_web()
        self.kill_swift()

    def start_swift(self) -> None:
        """The store, with what it held before."""
        command = ["-m", "deploy.swift_one", str(self.folder / "swift")]
        options = ["--port", str(self.swift_port), "--origins", self.url, "--die-with-parent"]
        self.swift = self._launch("swift", [*command, *options])
        until(lambda: _answers(f"http://127.0.0.1:{self.swift_port}/healthcheck"), what="Swift")

    def kill_swift(self) -> None:
        """As kill -9 does."""
        _kill(self.swift)

    def start_web(self) -> None:
        """The pages."""
        options = ["--threads", "8", "--no-control-socket", "-b", f"127.0.0.1:{self.web_port}"]
        self.web = self._launch("web", ["-m", "gunicorn", "freeloader_site.wsgi", *options])
        until(lambda: _answers(f"{self.url}/"), what="the pages")

    def kill_web(self) -> None:
        """As kill -9 does, with its workers: until they noticed, they would have its port."""
        workers = self.workers()
        _kill(self.web)
        for pid in workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: is_free(self.web_port), what="the pages' end")

    def workers(self) -> list[int]:
        """The processes that answer for the pages."""
        if self.web is None or self.web.poll() is not None:
            return []
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def environment(self) -> dict[str, str]:
        """The FREELOADER_… variables of this site, over the ones of this process."""
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "freeloader_site.settings",
            "FREELOADER_SECRET_KEY": SECRET_KEY,
            "FREELOADER_SITE_URL": self.url,
            "FREELOADER_DATABASE_URL": f"sqlite:///{self.folder}/db.sqlite3",
            "FREELOADER_STORE": BACKENDS[self.kind],
            "FREELOADER_STORE_OPTIONS": json.dumps(self.store_options()),
            "FREELOADER_STORE_ORIGIN": self.link.url,
            "FREELOADER_STATIC_ROOT": str(self.static),
            "FREELOADER_UPLOAD_URLS_S": str(self.urls_good_for_s),
            "FREELOADER_MAIL": "memory:",
            "FREELOADER_MIN_FILL_S": "0",
        }

    def store_options(self) -> dict[str, Any]:
        """The site itself calls the store directly; what it signs leads over the link."""
        swift = credentials(self.folder / "swift", self.swift_port)
        public = self.link.url
        if self.kind == "swift":
            leads = {"storage_url": f"{public}/v1/AUTH_{swift.user.split(':')[0]}"}
        else:
            leads = {"public_endpoint_url": public}
        return options(self.kind, swift) | leads

    def store(self) -> Store:
        """The store as staff would look into it."""
        make: Callable[..., Store] = import_string(BACKENDS[self.kind])
        return make(**self.store_options())

    def stored_sums(self) -> list[str]:
        """The SHA-256 of each uploaded object, whole as it is in the store now."""
        store, sums = self.store(), []
        for stored in store.list_objects("uploads/"):
            digest = hashlib.sha256()
            with store.stream(stored.name) as chunks:
                for chunk in chunks:
                    digest.update(chunk)
            sums.append(digest.hexdigest())
        return sorted(sums)

    def _launch(self, name: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=log, stderr=log,
                env=self.environment() if name == "web" else os.environ)  # fmt: skip


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False

"""The sites that are measured: the same site on PostgreSQL and on SQLite."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from deploy.testbed import TestbedEnv
from deploy.testbed.site import LiveSite, needed

PAGE = Path(__file__).with_name("page.py")


@dataclass
class EngineSite(LiveSite):
    """A `LiveSite` that is quick to look, with a page whose jobs do nothing.

    `page_script` makes its pages; `package` holds what `ask` may call.
    """

    name: str = "site"
    page_script: Path = PAGE
    package: str = "deploy.bench.engine"
    read_letters: set[str] = field(default_factory=set)
    letters: int = 0

    def environment(self) -> dict[str, str]:
        fast = {"FREELOADER_POLL_FASTEST_S": "1", "FREELOADER_SWEEP_INTERVAL_S": "1"}
        return super().environment() | fast

    def start(self) -> None:
        """Bring it up, and open its pages."""
        self.folder.mkdir(parents=True, exist_ok=True)
        super().start()
        self.run_script(self.page_script)

    @property
    def page(self) -> str:
        """Where the jobs that do nothing are ordered."""
        return f"{self.url}/p/nothing/"

    def ask(self, call: str) -> Any:
        """What a call of a module of its package says inside the site's Django, as JSON.

        `call` is like "rows.timelines()"; the site's own processes need not run.
        """
        module = call.partition(".")[0]
        words = f"import json; from {self.package} import {module}; print(json.dumps({call}))"
        return json.loads(self.manage("shell", "--no-imports", "-c", words).splitlines()[-1])

    def count_letters(self) -> int:
        """How many letters of this site have arrived; each is read only once."""
        folder = needed(self.bed.mail).folder
        for path in folder.glob("*.eml"):
            if path.name not in self.read_letters:
                self.read_letters.add(path.name)
                self.letters += self.mail_from.encode() in path.read_bytes()
        return self.letters


@contextmanager
def sites_on(bed: TestbedEnv, folder: Path, databases: Sequence[str]) -> Iterator[list[EngineSite]]:
    """One on each database; whatever is left running is stopped, and the databases are gone."""
    with ExitStack() as stack:
        urls = {"sqlite": f"sqlite:///{folder}/db.sqlite3"}
        if "postgresql" in databases:
            urls["postgresql"] = stack.enter_context(_postgres_database(bed))
        sites = [_site(name, urls[name], bed, folder) for name in databases]
        for site in sites:
            stack.callback(site.stop)
        yield sites


def _site(name: str, database_url: str, bed: TestbedEnv, folder: Path) -> EngineSite:
    swift = needed(bed.swift)
    options = {"auth_url": swift.auth_url, "user": swift.user, "key": swift.key}
    store = {"BACKEND": "backends.swift.SwiftStore", "OPTIONS": options | {"container": "bench"}}
    return EngineSite(bed, folder / name, store, database_url, name=name)


@contextmanager
def _postgres_database(bed: TestbedEnv) -> Iterator[str]:
    server, name = needed(bed.postgres).url, f"freeloader_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

"""Sites that can be broken, and browsers that can be killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

from deploy.chromium import ARGUMENTS, CHROMIUM
from deploy.demo.site import free_port
from deploy.link import Line, Link
from deploy.testbed.site import until
from tests.live.browsers import browser_pids, close, kill
from tests.live.uploads.site import UploadSite

RATE_BYTES_S = 12e6  # of each connection: an upload lasts long enough to be disturbed
MakeSite = Callable[..., UploadSite]


@pytest.fixture
def make_site(prepared: Path, tmp_path: Path) -> Iterator[MakeSite]:
    """Starts a site on a store of this kind; with URLs good for so long, behind such a line."""
    with ExitStack() as stack:

        def make(
            kind: str, *, line: Line | None = None, urls_good_for_s: int = 6 * 3600
        ) -> UploadSite:
            port = free_port()
            line = line or Line(bytes_per_s=RATE_BYTES_S)
            link = stack.enter_context(Link(f"http://127.0.0.1:{port}", line=line))
            copyfile(prepared / "db.sqlite3", tmp_path / "db.sqlite3")
            site = UploadSite(tmp_path, prepared / "static", kind, link, port, urls_good_for_s)
            stack.callback(site.stop)
            site.start()
            return site

        yield make


@dataclass
class Visitor:
    """Somebody at a computer of her own: a browser with a profile that survives its death."""

    playwright: Playwright
    profile: Path
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """Start the browser, and go there."""
        context = self.playwright.chromium.launch_persistent_context(
            self.profile, executable_path=CHROMIUM, args=ARGUMENTS, locale="en-GB"
        )
        context.set_default_timeout(60_000)
        self.contexts.append(context)
        page = context.pages[0]
        page.on("dialog", lambda dialog: dialog.accept())  # "Leave this page?"
        page.goto(address)
        return page

    def kill(self) -> None:
        """kill -9 of the whole browser, while it works."""
        kill(self._switch)
        until(lambda: not browser_pids(self._switch), what="its death")

    @property
    def _switch(self) -> str:
        return f"--user-data-dir={self.profile}"

    def close(self) -> None:
        """Close every browser that still is."""
        for context in self.contexts:
            close(context, switch=self._switch)


@pytest.fixture
def make_visitor(
    playwright_driver: Playwright, tmp_path: Path
) -> Iterator[Callable[[str], Visitor]]:
    """A visitor by name; the same name again is the same profile."""
    visitors: list[Visitor] = []

    def make(name: str) -> Visitor:
        visitors.append(Visitor(playwright_driver, tmp_path / f"profile-{name}"))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def olga(make_visitor: Callable[[str], Visitor]) -> Visitor:
    """The collaborator at her own computer."""
    return make_visitor("olga")

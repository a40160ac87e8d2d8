"""A real browser before the site, with a real Swift behind it, by either API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from backends.base import Store
from backends.chosen import chosen_store
from deploy.swift_one import Credentials
from pipelines.models import Pipeline
from tests.backends.store_fixtures import started_swift
from tests.live.browser.staff import at_desk
from tests.live.browser.visitor import ADDRESS, Line
from tests.live.browsers import close
from tests.live.stores import storage
from uploads import parts

MIB = 2**20


@pytest.fixture(scope="session")
def swift_for_browsers(
    live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Credentials]:
    """A Swift on a free port of 127.0.0.1 that lets the live server's pages in."""
    with started_swift(tmp_path_factory.mktemp("swift_for_browsers"), live_server.url) as swift:
        yield swift


def use_store(settings: Settings, swift: Credentials, origin: str, kind: str) -> Store:
    """Let the site keep files in that Swift, as its operator would."""
    settings.STORAGES = {**settings.STORAGES, "default": storage(kind, swift)}
    directives = dict(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])
    for name in ("connect-src", "form-action"):
        directives[name] = [*directives[name], swift.s3_endpoint]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}
    store = chosen_store()
    assert store.allow_origins([origin]) == []
    return store


@pytest.fixture(params=["swift", "s3"])
def real_store(
    request: pytest.FixtureRequest,
    settings: Settings,
    live_server: LiveServer,
    swift_for_browsers: Credentials,
    monkeypatch: pytest.MonkeyPatch,
) -> Store:
    """The site's store: the same Swift by its own API, then by S3; small parts."""
    # S3 takes none below 5 MiB but the last.
    monkeypatch.setattr(parts, "USUAL_PART_BYTES", MIB if request.param == "swift" else 5 * MIB)
    return use_store(settings, swift_for_browsers, live_server.url, request.param)


@pytest.fixture
def locale() -> str:
    """The language of the visitor's browser."""
    return "en-GB"


@pytest.fixture
def context(chromium: Browser, locale: str) -> Iterator[BrowserContext]:
    """A visitor's browser, with nothing in it; anything that the CSP stops fails the test."""
    context = chromium.new_context(locale=locale, timezone_id="Europe/Berlin")
    context.set_default_timeout(60_000)
    complaints: list[str] = []
    context.on("console", lambda said: complaints.append(said.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    # Of what hung when another context was closed, and was ended, nothing can be asked.
    cookies = context.cookies() if chromium.is_connected() else []
    close(context)
    assert cookies == []
    assert not [
        said for said in complaints if "Content Security Policy" in said or "Error:" in said
    ]


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page, 320 px wide: what works here works everywhere."""
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 800})
    return page


@pytest.fixture
def desk(
    chromium: Browser, live_server: LiveServer, transactional_db: None, sam: User
) -> Iterator[Page]:
    """Sam's browser, logged in."""
    yield from at_desk(chromium, live_server, sam)


@pytest.fixture
def offer(transactional_db: None, pipeline: Pipeline) -> Pipeline:
    """Ada's pipeline, for larger files of any name, empty ones too."""
    pipeline.patterns = ""
    pipeline.max_files, pipeline.max_file_mb, pipeline.max_total_mb = 20, 100, 200
    pipeline.accept_empty_files = True
    pipeline.save()
    return pipeline


@pytest.fixture
def make_files(tmp_path: Path) -> Callable[..., list[Path]]:
    """Writes files below a folder of the test's own: make_files(("a.txt", b"…"), …)."""

    def make(*files: tuple[str, bytes]) -> list[Path]:
        paths = [tmp_path / "visitor" / name for name, _ in files]
        for path, (_, content) in zip(paths, files, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return paths

    return make


@pytest.fixture
def upload_page(page: Page, live_server: LiveServer, offer: Pipeline, real_store: Store) -> Page:
    page.goto(live_server.url + ADDRESS)
    return page


@pytest.fixture
def line(context: BrowserContext, upload_page: Page) -> Line:
    session = context.new_cdp_session(upload_page)
    session.send("Network.enable")
    return Line(session)

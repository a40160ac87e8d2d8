"""The test bed, the site on it, and a browser; one of each for the whole run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import swiftclient
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from pytest_django import Settings

from backends.base import Store
from backends.chosen import chosen_store
from deploy.chromium import CHROMIUM
from deploy.swift_one import Credentials
from deploy.testbed import TestbedEnv
from deploy.testbed.site import LiveSite
from tests.backends.store_fixtures import started_swift
from tests.live.browsers import Browsers
from tests.live.stores import PART, storage
from tests.live.uploads.site import prepare
from tests.parts import lacks, need
from uploads import parts

expect.set_options(timeout=60_000)  # what is seen is the same on a machine that has much to do


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """What drives the browsers: one for the whole run."""
    if not Path(CHROMIUM).exists():
        lacks("Chromium", "apt-get install chromium, or set FREELOADER_CHROMIUM")
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browsers(playwright_driver: Playwright) -> Iterator[Browsers]:
    """Who launches real browsers, headless."""
    browsers = Browsers(playwright_driver)
    yield browsers
    browsers.close()


@pytest.fixture
def chromium(browsers: Browsers) -> Browser:
    """A real browser; the same for all tests as long as it lives."""
    return browsers.living()


@pytest.fixture(scope="session")
def testbed() -> TestbedEnv:
    """The whole test bed."""
    return need("swift", "slurm", "sshd", "clamd", "postgres", "mail")


STORES = ["swift", "s3"]


def _options(kind: str, bed: TestbedEnv) -> dict[str, Any]:
    assert bed.swift is not None
    if kind == "swift":
        options = {"auth_url": bed.swift.auth_url, "user": bed.swift.user, "key": bed.swift.key}
        return {"BACKEND": "backends.swift.SwiftStore", "OPTIONS": options | {"container": "live"}}
    options = {
        "endpoint_url": bed.swift.s3_endpoint,
        "bucket_name": "live-s3",
        "access_key": bed.swift.s3_access_key,
        "secret_key": bed.swift.s3_secret_key,
        "region_name": bed.swift.region,
    }
    return {"BACKEND": "backends.s3.S3Store", "OPTIONS": options}


@pytest.fixture(scope="session")
def postgres_database(testbed: TestbedEnv) -> Iterator[Callable[[str], str]]:
    """Makes an empty database; its URL. Dropped at the end."""
    assert testbed.postgres is not None
    names = []
    with psycopg.connect(testbed.postgres.url, autocommit=True) as connection:

        def make(name: str) -> str:
            assert testbed.postgres is not None
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
            names.append(name)
            return testbed.postgres.url.rpartition("/")[0] + f"/{name}"

        yield make
        for name in names:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session", params=STORES)
def live_site(
    request: pytest.FixtureRequest,
    testbed: TestbedEnv,
    postgres_database: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveSite]:
    """A site with a web server and a worker: once on the native store, once on S3."""
    kind = request.param
    folder = tmp_path_factory.mktemp(f"site-{kind}")
    url = postgres_database(f"freeloader_live_{kind}_{os.getpid()}")
    site = LiveSite(testbed, folder, _options(kind, testbed), url)
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what every site of the upload page begins with."""
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def own_swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Credentials]:
    """A Swift in which nobody else stores anything; its expirer looks every 5 seconds."""
    with started_swift(tmp_path_factory.mktemp("own_swift"), "") as swift:
        yield swift


@pytest.fixture(params=["swift", "s3"])
def real_store(
    request: pytest.FixtureRequest,
    settings: Settings,
    own_swift: Credentials,
    monkeypatch: pytest.MonkeyPatch,
) -> Store:
    """The site's store, by each API in turn; parts are small."""
    settings.STORAGES = {**settings.STORAGES, "default": storage(request.param, own_swift)}
    monkeypatch.setattr(parts, "LEAST_PART_BYTES", PART)
    return chosen_store()


@pytest.fixture
def account(own_swift: Credentials) -> Callable[[], list[str]]:
    """Asks Swift itself for all that it holds, segments too, by container and name."""
    connection = swiftclient.Connection(own_swift.auth_url, own_swift.user, own_swift.key)

    def held() -> list[str]:
        _, containers = connection.get_account()
        names = [row["name"] for row in containers]
        return [
            f"{name}/{row['name']}"
            for name in names
            for row in connection.get_container(name, full_listing=True)[1]
        ]

    return held

"""A large result behind a line that breaks off ten times: fetched to its last byte all the same.

In the suite it has 200 MB; FREELOADER_RESUME_MIB=2048 takes 2 GiB.
"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, TimeoutError
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from backends.base import Store
from backends.chosen import chosen_store
from deploy.chromium import ARGUMENTS, CHROMIUM
from deploy.swift_one import Credentials
from jobs.models import Job, LinkAct, ResultFile, ResultLink
from jobs.results.acts import hand_over
from jobs.results.archive.contents import archive_name
from jobs.results.commands import commands
from pipelines.models import Pipeline
from tests.backends.store_bench import send
from tests.jobs import scenes
from tests.live.browsers import close
from tests.live.cutting import CuttingProxy
from tests.live.stores import storage
from tests.parts import need_program

pytestmark = [
    pytest.mark.live,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]
MIB = 2**20
SIZE_MIB = int(os.environ.get("FREELOADER_RESUME_MIB", "192"))
PIECE_MIB, KINDS, CUTS = 16, 4, 10


@dataclass(frozen=True)
class Large:
    """A result of one large file, and the line between it and those who fetch it."""

    link: ResultLink
    sha256: str
    line: CuttingProxy

    @property
    def cuts(self) -> list[int]:
        """So much passes before each cut: ten of them leave a part to come."""
        return [SIZE_MIB * MIB // (CUTS + 2)] * CUTS


@pytest.fixture(params=["reset", "closed"])
def line(request: pytest.FixtureRequest, own_swift: Credentials) -> Iterator[CuttingProxy]:
    """What breaks off, as networks do and as servers do."""
    port = urlsplit(own_swift.s3_endpoint).port
    assert port
    with CuttingProxy(port, is_clean=request.param == "closed") as line:
        yield line


@pytest.fixture
def large(
    settings: Settings,
    own_swift: Credentials,
    line: CuttingProxy,
    live_server: LiveServer,
    transactional_db: None,
    pipeline: Pipeline,
) -> Large:
    """It is delivered, and its store is reached by that line."""
    settings.SITE_URL = live_server.url
    kept = storage("swift", own_swift)
    kept["OPTIONS"]["storage_url"] = f"{line.url}/v1/{own_swift.account}"
    settings.STORAGES = {**settings.STORAGES, "default": kept}
    directives = dict(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])
    directives["form-action"] = [*directives["form-action"], line.url]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}
    job = scenes.delivered(pipeline)
    sha256 = fill(job, chosen_store())
    link = scenes.link_of(job)
    hand_over(link, link.created_at)
    return Large(link, sha256, line)


def fill(job: Job, store: Store) -> str:
    """Store one large file in place of its results; its SHA-256.

    Of a few random pieces in random order: a range that is out of place shows.
    """
    draw = random.Random(7)  # noqa: S311 - no secret
    pieces = [draw.randbytes(PIECE_MIB * MIB) for _ in range(KINDS)]
    names = [f"results/{job.pk}/piece/{number}" for number in range(KINDS)]
    for name, piece in zip(names, pieces, strict=True):
        send(store.sign_put(name, expires_s=600), piece)
    order = [draw.randrange(KINDS) for _ in range(SIZE_MIB // PIECE_MIB)]
    whole = store.join(f"results/{job.pk}/whole/1", [names[number] for number in order])
    assert whole.size_bytes == SIZE_MIB * MIB
    digest = hashlib.sha256()
    for number in order:
        digest.update(pieces[number])
    job.results.all().delete()
    ResultFile.objects.create(
        job=job, number=1, name="large.bin", size_bytes=whole.size_bytes,
        sha256=digest.hexdigest(), object_name=whole.name,
    )  # fmt: skip
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_curl_goes_on_after_each_cut(large: Large, tmp_path: Path) -> None:
    need_program("curl")
    (command,) = commands(large.link).lines
    target = tmp_path / archive_name(large.link.job) / "large.bin"
    large.line.arm(large.cuts)
    began, sizes = time.monotonic(), [0]
    while subprocess.run(
        ["sh", "-c", command.line], cwd=tmp_path, stderr=subprocess.DEVNULL
    ).returncode:
        sizes.append(target.stat().st_size)
        assert sizes[-1] > sizes[-2]
    seconds = time.monotonic() - began
    print(f"curl: {SIZE_MIB} MiB, cut {large.line.cut} times, {seconds:.1f} s")  # noqa: T201
    assert large.line.cut == len(sizes) - 1 == CUTS
    assert sha256_of(target) == large.sha256
    assert LinkAct.objects.filter(kind="downloaded").count() == 1


@pytest.fixture
def olga(playwright_driver: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    """Her browser, which keeps its downloads as it does for anybody."""
    profile = tmp_path / "profile"
    context = playwright_driver.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=ARGUMENTS, locale="en-GB"
    )
    context.set_default_timeout(60_000)
    folder = {"behavior": "allow", "downloadPath": str(tmp_path / "downloads")}
    context.new_cdp_session(context.pages[0]).send("Browser.setDownloadBehavior", folder)
    yield context
    close(context, switch=f"--user-data-dir={profile}")


def resume_until(done: Path, downloads: Page) -> int:
    """Press “Resume” in Chromium's list of downloads whenever it offers that; how often."""
    downloads.goto("chrome://downloads/")
    more, resume = downloads.locator("#more-actions"), downloads.locator("#pause-or-resume")
    pressed = 0
    while not done.exists():
        try:
            more.click(timeout=2000)
            resume.filter(has_text="Resume").click(timeout=2000)
            pressed += 1
        except TimeoutError:  # it goes on, or is done: an open menu would hide its own button
            downloads.keyboard.press("Escape")
    return pressed


def test_chromium_goes_on_after_each_cut(
    large: Large, olga: BrowserContext, live_server: LiveServer, tmp_path: Path
) -> None:
    large.line.arm(large.cuts)
    began, page = time.monotonic(), olga.pages[0]
    page.goto(f"{live_server.url}/r/{large.link.token}/")
    page.locator("form[action$='/1'] button").click()
    done = tmp_path / "downloads" / "large.bin"
    pressed = resume_until(done, olga.new_page())
    seconds = time.monotonic() - began
    print(f"Chromium: {SIZE_MIB} MiB, cut {CUTS} times, Resume pressed {pressed}: {seconds:.1f} s")  # noqa: T201
    assert large.line.cut == CUTS
    # What ends too early it takes up by itself, five times; what is reset waits for a person.
    assert pressed < CUTS if large.line.is_clean else pressed >= CUTS
    assert sha256_of(done) == large.sha256
    assert LinkAct.objects.filter(kind="downloaded").count() == 1

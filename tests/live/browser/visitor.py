"""What a visitor does, and what can be seen of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, CDPSession, Page, Request, expect

from backends.base import Store
from jobs.models import Job
from jobs.states import State
from uploads.models import UploadedFile

MIB = 2**20
# What is sent at this rate is still under way when a busy machine comes to look: some MiB, minutes.
SLOW_BYTES_PER_S = 100_000
# By either API a part of it is stored long before the last: four fly at once, and S3's last of four
# is small.
LARGE_BYTES = 15 * MIB + MIB // 4
ADDRESS = "/p/word-count/"


def choose(page: Page, *paths: Path) -> None:
    page.get_by_label("Choose files").set_input_files(paths)


def send(page: Page, email: str = "olga@far.example") -> None:
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_role("button", name="Send").click()


def wait_until_received(page: Page) -> Job:
    expect(page.get_by_role("heading", name="Your files have arrived")).to_be_visible(
        timeout=150_000
    )
    job = Job.objects.get()
    assert job.state == State.UPLOADED
    assert page.url.endswith(f"/j/{job.status_token}/")
    return job


def content_of(file: UploadedFile, store: Store) -> bytes:
    return store.read(file.object_name, max_bytes=100 * MIB)


def wait_until(page: Page, claim: Callable[[], object], *, seconds: int = 120) -> None:
    """Until it holds; each turn waits for the browser, which goes on meanwhile."""
    for _ in range(seconds * 20):
        if claim():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"not within {seconds} s")


def wait_until_stored(page: Page, store: Store, line: Line) -> None:
    """Until some part of the only file is in the store; next to nothing follows it."""

    def is_stored() -> bool:
        file = UploadedFile.objects.exclude(parts_key="").first()
        return bool(file and store.stored_parts(file.object_name, file.parts_key))

    wait_until(page, is_stored)
    line.send_at(SLOW_BYTES_PER_S)


def part_number(request: Request) -> int:
    """Which part a PUT to the store carries, by either API; a small file has one, itself."""
    found = re.search(r"partNumber=(\d+)", request.url) or re.search(r"/(\d{8})\?", request.url)
    return int(found[1]) if found else 1


def puts_of(context: BrowserContext) -> list[int]:
    """The numbers of the parts that pages of this browser begin to send, as they come."""
    numbers: list[int] = []
    context.on(
        "request",
        lambda request: numbers.append(part_number(request)) if request.method == "PUT" else None,
    )
    return numbers


@dataclass(frozen=True)
class Line:
    """The page's network connection."""

    session: CDPSession

    def send_at(self, bytes_per_s: int) -> None:
        self._emulate(offline=False, bytes_per_s=bytes_per_s)

    def cut(self) -> None:
        self._emulate(offline=True, bytes_per_s=-1)

    def mend(self) -> None:
        self._emulate(offline=False, bytes_per_s=-1)

    def _emulate(self, *, offline: bool, bytes_per_s: int) -> None:
        rates = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_s}
        self.session.send("Network.emulateNetworkConditions", {"offline": offline, **rates})

"""What every test of this folder does: make a large file, send it, and look what has arrived."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from deploy.link import Ledger
from tests.live.uploads.site import UploadSite

MIB = 2**20
PART_BYTES = 8 * MIB  # of a file of some hundred MiB


def large_file(folder: Path, size_mib: int) -> Path:
    """A file of random bytes: no part of it equals another."""
    path = folder / "measurements.bin"
    with path.open("wb") as file:
        for _ in range(size_mib):
            file.write(os.urandom(MIB))
    return path


def sum_of(path: Path) -> str:
    """What sha256sum says of it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def choose(page: Page, *paths: Path) -> None:
    """As a person does."""
    page.get_by_label("Choose files").set_input_files(paths)


def begin(page: Page, *paths: Path) -> str:
    """Choose, send, and wait until sending has begun; the address to come back to."""
    choose(page, *paths)
    page.get_by_label("Your e-mail address").fill("olga@far.example")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Sending your files")).to_be_visible()
    return page.url


def until_stored(site: UploadSite, parts: int) -> None:
    """Wait until so many parts are in the store."""
    site.link.ledger.wait_for(lambda ledger: len(ledger.stored()) >= parts, timeout_s=120)


def unsettled(ledger: Ledger, part_bytes: int = PART_BYTES) -> int:
    """For how many parts that it was sent whole the store has not answered yet."""
    return sum(row.sent_bytes >= part_bytes and not row.status for row in ledger.exchanges)


def until_settled(site: UploadSite) -> None:
    """Wait until the store has answered for every part that it was sent whole."""
    site.link.ledger.wait_for(lambda ledger: not unsettled(ledger), timeout_s=120)


@contextmanager
def standing_still(site: UploadSite) -> Iterator[None]:
    """Nothing more goes over the link while the block works, however long that takes.

    Then what was sent by halves is lost, and what was sent whole is answered for: a page that asks
    is told of all that is stored, and of nothing that a busy store puts away a moment later.
    """
    site.link.stall()
    yield
    site.link.cut()
    until_settled(site)
    site.link.mend()


def until_sent(site: UploadSite, size_bytes: int) -> None:
    """Wait until so many bytes have gone over the link."""
    site.link.ledger.wait_for(lambda ledger: ledger.sent_bytes >= size_bytes, timeout_s=120)


def until_arrived(page: Page, *, seconds: float = 180) -> None:
    """Wait for the good news."""
    arrived = page.get_by_role("heading", name="Your files have arrived")
    expect(arrived).to_be_visible(timeout=seconds * 1000)


def assert_intact(site: UploadSite, *paths: Path) -> None:
    """What is stored is what was sent, and no part that was stored went over the link again."""
    assert site.stored_sums() == sorted(map(sum_of, paths))
    assert site.link.ledger.resent() == []

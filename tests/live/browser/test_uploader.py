"""The uploader in all its states: accessible, light in weight, and talking to nobody else."""

from __future__ import annotations

import gzip
import os
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from backends.base import Store
from deploy.swift_one import Credentials
from pipelines.models import Pipeline
from tests.jobs.scenes import SCENES
from tests.live.browser.axe import check
from tests.live.browser.visitor import (
    ADDRESS,
    MIB,
    SLOW_BYTES_PER_S,
    Line,
    choose,
    send,
    wait_until_received,
)

pytestmark = [
    pytest.mark.live,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("real_store", ["swift"], indirect=True),
]
MakeFiles = Callable[..., list[Path]]
MOST_BYTES = 40_000  # gzipped, all assets of a page together


def test_it_is_accessible_while_it_sends_pauses_and_is_cut_off(
    upload_page: Page, line: Line, make_files: MakeFiles
) -> None:
    line.send_at(SLOW_BYTES_PER_S)
    names = ("small.txt", "שלום עולם.txt", "large.bin")
    choose(upload_page, *make_files(*((name, os.urandom(12 * MIB)) for name in names)))
    send(upload_page)
    expect(upload_page.get_by_text(re.compile(r"being sent: [1-9]\d* %")).first).to_be_visible()
    check(upload_page)
    upload_page.get_by_role("button", name="Remove small.txt").click()
    expect(upload_page.get_by_role("dialog", name="Take small.txt out")).to_be_visible()
    check(upload_page)
    upload_page.keyboard.press("Escape")
    upload_page.get_by_role("button", name="Pause small.txt").click()
    expect(upload_page.get_by_text(re.compile("^paused at"))).to_be_visible()
    check(upload_page)
    upload_page.get_by_role("button", name="Pause", exact=True).click()
    expect(upload_page.get_by_role("heading", name="Paused")).to_be_visible()
    check(upload_page)
    upload_page.get_by_role("button", name="Go on", exact=True).click()
    line.cut()
    expect(upload_page.get_by_text("It goes on by itself")).to_be_visible()
    check(upload_page)


def test_it_is_accessible_when_it_asks_for_files_again_and_when_all_have_arrived(
    upload_page: Page, line: Line, context: BrowserContext, make_files: MakeFiles
) -> None:
    [path, stranger] = make_files(("a.bin", os.urandom(12 * MIB)), ("stranger.txt", b"?"))
    line.send_at(SLOW_BYTES_PER_S)
    choose(upload_page, path)
    send(upload_page)
    expect(upload_page.get_by_role("heading", name="Sending your files")).to_be_focused()
    address = upload_page.url
    upload_page.close()
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(address)
    choose(page, stranger)
    expect(page.get_by_text("does not belong to this upload")).to_be_visible()
    check(page)
    choose(page, path)
    wait_until_received(page)
    check(page)


def test_its_buttons_are_large_enough_for_a_finger(
    upload_page: Page, line: Line, make_files: MakeFiles
) -> None:
    line.send_at(SLOW_BYTES_PER_S)
    choose(upload_page, *make_files(("a.bin", os.urandom(12 * MIB))))
    send(upload_page)
    buttons = upload_page.locator("button:visible")
    expect(buttons).to_have_count(3)
    boxes = [one.bounding_box() for one in buttons.all()]
    assert all(box and min(box["width"], box["height"]) >= 44 for box in boxes)


def test_what_is_wrong_with_a_choice_is_accessible(
    upload_page: Page, offer: Pipeline, make_files: MakeFiles
) -> None:
    offer.patterns, offer.max_files = "*.txt", 1
    offer.save()
    upload_page.reload()
    choose(upload_page, *make_files(("a-rather-long-name-" * 9 + ".exe", b"x"), ("b.txt", b"b")))
    error = upload_page.locator("#files-error")
    expect(error).to_have_text("This page takes 1 file; you chose 2.")
    check(upload_page)


def test_of_a_long_list_only_what_can_be_seen_is_laid_out(
    upload_page: Page, offer: Pipeline, make_files: MakeFiles
) -> None:
    offer.max_files = 10_000
    offer.save()
    upload_page.reload()
    paths = make_files(*((f"many/{number}.txt", b"x") for number in range(5000)))
    upload_page.get_by_label("Choose a folder").set_input_files(paths[0].parent)
    expect(upload_page.locator("[data-part=total]")).to_have_text(re.compile("5,?000 files"))
    drawn = """[...document.querySelectorAll(".files .name")]
        .filter((name) => name.checkVisibility({ contentVisibilityAuto: true })).length"""
    assert 0 < upload_page.evaluate(drawn) < 500


def load(page: Page, url: str) -> list[Response]:
    """All that makes the page."""
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return loaded


def test_its_pages_weigh_little(
    page: Page, live_server: LiveServer, offer: Pipeline, real_store: Store
) -> None:
    begun = SCENES["uploading"](offer)
    for address in (ADDRESS, f"/j/{begun.status_token}/"):
        loaded = load(page, live_server.url + address)
        assert len(loaded) > 10
        assert sum(len(gzip.compress(one.body(), 9)) for one in loaded) < MOST_BYTES


def test_it_talks_to_the_site_and_the_store_alone(
    upload_page: Page,
    context: BrowserContext,
    live_server: LiveServer,
    swift_for_browsers: Credentials,
    make_files: MakeFiles,
) -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    context.on("request", lambda one: asked[urlsplit(one.url).netloc].add(one.method))
    upload_page.reload()
    choose(upload_page, *make_files(("a.txt", b"a"), ("b.bin", os.urandom(3 * MIB))))
    send(upload_page)
    wait_until_received(upload_page)
    assert asked.pop(urlsplit(swift_for_browsers.s3_endpoint).netloc) <= {"PUT", "POST"}
    assert asked == {
        urlsplit(live_server.url).netloc: {"GET", "POST"},
    }

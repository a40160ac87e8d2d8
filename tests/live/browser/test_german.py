"""Olga's browser is German: words, sizes and plurals are, and the long words fit 320 pixels."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from backends.base import Store
from jobs.models import Job
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.scenes import SCENES, link_of
from tests.live.browser.axe import check

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def locale() -> str:
    return "de-DE"


@pytest.fixture(autouse=True)
def _support(settings: Settings) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"


@pytest.mark.parametrize("name", SCENES)
def test_the_status_page_fits_in_german_in_every_state(
    page: Page, live_server: LiveServer, offer: Pipeline, name: str
) -> None:
    page.goto(f"{live_server.url}/j/{SCENES[name](offer).status_token}/")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    check(page)


def test_the_other_pages_fit_in_german(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.delivered(offer)
    result = f"/r/{link_of(job).token}/"
    for address in ("/", "/nothing/here", f"/j/{job.status_token}/receipt", result):
        page.goto(live_server.url + address)
        check(page)
    expect(page.get_by_role("button", name="Grüße, Olga.csv herunterladen")).to_be_visible()
    expect(page.locator("time").first).to_have_text(
        re.compile(r"^\d+\. \w+ \d{4}( um|,) \d\d:\d\d (MESZ|MEZ)$")
    )


def test_the_uploader_speaks_german(
    page: Page,
    live_server: LiveServer,
    offer: Pipeline,
    real_store: Store,
    make_files: Callable[..., list[Path]],
) -> None:
    page.goto(f"{live_server.url}/p/word-count/")
    check(page)
    one, two = make_files(("eins.txt", b"x"), ("zwei.txt", b"x" * 2_300))
    total = page.locator("[data-part=total]")
    picker = page.get_by_label("Dateien wählen")
    picker.set_input_files(one)
    expect(total).to_have_text("1 Datei, 1 Byte")
    picker.set_input_files(two)
    expect(total).to_have_text("2 Dateien, 2,3 kB")
    check(page)
    page.get_by_label("Ihre E-Mail-Adresse").fill("olga")
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_text("Haben Sie sich vertippt?")).to_be_visible()
    check(page)
    page.get_by_label("Ihre E-Mail-Adresse").fill("olga@far.example")
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_role("heading", name="Ihre Dateien sind angekommen")).to_be_visible(
        timeout=60_000
    )
    assert Job.objects.get().language == "de"

"""Letters as a phone shows them: narrow, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pytest_django import Settings

from jobs.letters.compose import compose
from pipelines.models import Pipeline
from tests.jobs.letters.scenes import LETTERS
from tests.live.browser.axe import AXE, LOOK, OVERFLOW, TAGS
from tests.live.browsers import own_page

pytestmark = [pytest.mark.live, pytest.mark.django_db]


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """The mail program of somebody with a small phone, who is off the net."""
    with own_page(chromium, viewport={"width": 360, "height": 740}, offline=True) as page:
        yield page


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_reads_well_on_a_phone(
    phone: Page, pipeline: Pipeline, settings: Settings, name: str
) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"
    settings.SITE_URL = "https://freeloader.uni.example"
    asked_for: list[str] = []
    phone.on("request", lambda request: asked_for.append(request.url))
    html, _kind = compose(LETTERS[name](pipeline)).alternatives[0]
    phone.set_content(str(html))
    phone.evaluate(AXE)
    for scheme in ("light", "dark"):
        phone.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        found: list[Any] = phone.evaluate(LOOK, TAGS)
        assert found == [], scheme
    assert phone.evaluate(OVERFLOW) is False
    assert asked_for == []

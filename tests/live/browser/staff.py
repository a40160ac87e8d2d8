"""A browser of somebody who has an account, and what is asked of the pages of the admin."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.live.browser.axe import AXE, LOOK, TAGS
from tests.live.browsers import close

# Django's own lists, of owners and below a row, have faults that are not ours to mend.
OURS = LOOK.replace("document,", '{exclude: [".selector", ".inline-group"]},')


def at_desk(chromium: Browser, live_server: LiveServer, user: User) -> Iterator[Page]:
    """The user's browser, logged in; anything that the CSP stops fails the test."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(60_000)
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    stopped: list[str] = []
    context.on("console", lambda said: stopped.append(said.text))
    context.on("weberror", lambda error: stopped.append(str(error.error)))
    yield context.new_page()
    close(context)
    # axe tries styles of its own, which the CSP stops, rightly
    assert [text for text in stopped if "script-src" in text or text.startswith("Error")] == []


def check(page: Page) -> None:
    """No violation of the rules of accessibility, light and dark."""
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        # One whose element goes meanwhile is never finished, and says so.
        page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")
        found = page.evaluate(OURS, TAGS)
        assert not found, (scheme, found)

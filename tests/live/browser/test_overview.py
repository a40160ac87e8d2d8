"""The PI's page in a real browser: accessible, readable on a phone, and its switch works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import DigestWish
from jobs.overview.wishes import stop_token
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.live.browser.axe import check as check_page
from tests.live.browser.staff import at_desk, check

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture
def desk(
    chromium: Browser, live_server: LiveServer, transactional_db: None, ada: User
) -> Iterator[Page]:
    """Ada's browser, logged in."""
    ada.user_permissions.set(Permission.objects.filter(codename__endswith="_job"))
    yield from at_desk(chromium, live_server, ada)


@pytest.fixture
def busy(offer: Pipeline) -> Pipeline:
    """Something of everything has become of its jobs."""
    for scene in (scenes.held, scenes.on_hold, scenes.rejected, scenes.delivered, scenes.restored):
        scene(offer)
    job = scenes.arrived(offer, State.RUNNING)
    log = "".join(f"line {number}\n" for number in range(40)) + f"{scenes.HOSTILE}\n"
    job.move_to(State.FAILED, scenes.HOSTILE, log_tail=log)
    return offer


@pytest.mark.parametrize("width", [1200, 320])
def test_the_page_is_accessible_and_fits(
    desk: Page, live_server: LiveServer, busy: Pipeline, width: int
) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    desk.goto(f"{live_server.url}/admin/")
    desk.get_by_role("link", name="What became of the jobs").click()
    expect(desk.get_by_role("heading", name="Waiting for your decision")).to_be_visible()
    expect(desk.get_by_role("img", name="Jobs that came in")).to_be_visible()
    desk.get_by_text("The end of the log of job").click()
    desk.get_by_text("As numbers").click()
    check(desk)
    assert desk.evaluate(FITS)
    desk.get_by_label("Time", exact=True).select_option("7")
    desk.get_by_role("button", name="Show").click()
    expect(desk.get_by_text("Jobs that came in, the last 7 days: at most")).to_be_visible()
    with desk.expect_download() as download:
        desk.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.endswith("-7.csv")


def test_the_letter_is_asked_for_by_a_button_and_ended_by_its_own_page(
    desk: Page, live_server: LiveServer, busy: Pipeline, ada: User
) -> None:
    desk.goto(f"{live_server.url}/admin/overview/")
    desk.get_by_role("button", name="Send me this every Monday").click()
    expect(desk.get_by_text("You get the letter every Monday from now on")).to_be_visible()
    check(desk)
    desk.set_viewport_size({"width": 320, "height": 800})
    desk.goto(f"{live_server.url}/w/{stop_token(ada)}/")
    check_page(desk)
    assert DigestWish.objects.exists()
    desk.get_by_role("button", name="Stop sending me this letter").click()
    expect(desk.get_by_role("heading", name="You no longer get a weekly letter")).to_be_visible()
    check_page(desk)
    assert not DigestWish.objects.exists()

"""Letters that came back, in a real browser: staff send them again, the old page says so."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from jobs.models import Job, Letter
from jobs.steps.resend import resend
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.live.browser import staff
from tests.live.browser.axe import check
from tests.live.browser.visitor import wait_until
from tests.live.browsers import own_page

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1200, 320])
def test_staff_see_what_came_back_and_send_it_to_the_right_address(
    desk: Page, live_server: LiveServer, offer: Pipeline, width: int
) -> None:
    job = scenes.delivered(offer)
    lost = {"sent_at": timezone.now(), "bounced_at": timezone.now()}
    Letter.objects.update(error="550 5.1.1 The e-mail account does not exist.", **lost)
    desk.set_viewport_size({"width": width, "height": 900})
    desk.goto(f"{live_server.url}/admin/jobs/job/?letters=back")
    desk.get_by_role("link", name=job.short_id).click()
    expect(desk.get_by_role("heading", name="A letter came back")).to_be_visible()
    staff.check(desk)
    desk.get_by_label("to this address").fill("olga@near.example")
    desk.get_by_role("button", name="Send the letter again").click()
    expect(desk.get_by_text("A letter goes to olga@near.example.")).to_be_visible()
    expect(desk.get_by_role("heading", name="Letters", exact=True)).to_be_visible()
    expect(desk.get_by_role("heading", name="A letter came back")).to_have_count(0)
    staff.check(desk)
    assert Job.objects.get().email == "olga@near.example"


def test_a_page_that_is_open_when_its_address_ends_says_so(
    page: Page, live_server: LiveServer, offer: Pipeline, settings: Settings
) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"
    job = scenes.running(offer)
    Letter.objects.update(bounced_at=timezone.now(), error="550")
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    expect(page.get_by_text("A letter to olga@far.example came back.")).to_be_visible()
    check(page)
    resend(job, "olga@near.example", actor="sam")
    expect(page.get_by_role("heading", name="This address has ended")).to_be_visible()
    check(page)
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    expect(page.get_by_text("came back")).to_have_count(0)


def test_the_address_of_the_page_is_copied_by_its_button(
    page: Page, live_server: LiveServer, offer: Pipeline, settings: Settings
) -> None:
    settings.SITE_URL = live_server.url
    job = scenes.running(offer)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    page.get_by_role("button", name="Copy the address").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_what_a_button_has_said_stays_when_the_page_looks_again(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    looks: list[str] = []
    page.on("response", lambda one: looks.append(one.url) if "/live" in one.url else None)
    page.context.grant_permissions(["clipboard-write"])
    page.goto(f"{live_server.url}/j/{scenes.running(offer).status_token}/")
    page.get_by_role("button", name="Copy the address").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    wait_until(page, lambda: len(looks) >= 2)  # what the first one brought is shown by then
    expect(page.get_by_text("Copied.")).to_be_visible()


def test_without_a_script_the_address_stands_there_and_no_button(
    chromium: Browser, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.running(offer)
    with own_page(chromium, java_script_enabled=False) as page:
        page.goto(f"{live_server.url}/j/{job.status_token}/")
        expect(page.get_by_text(f"/j/{job.status_token}/")).to_be_visible()
        expect(page.get_by_role("button", name="Copy the address")).to_be_hidden()

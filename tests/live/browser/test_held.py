"""The page of what is held, in a real browser: accessible by day and by night, on a phone too."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Alarm, Removal, TidyReport
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.live.browser.staff import check

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1200, 320])
def test_what_is_held_is_accessible_and_fits(
    desk: Page, live_server: LiveServer, offer: Pipeline, width: int
) -> None:
    job = scenes.held(offer)
    scenes.delivered(offer)
    scenes.on_hold(offer)
    job.upload.files.update(completed_at=job.created_at)
    Removal.objects.create(job=job, what=Removal.What.LATE, objects_removed=2, objects_left=1)
    example = {"name": f"uploads/{job.upload_id}/1", "why": "no row knows it", "is_left": True}
    TidyReport.objects.create(things_left=1, examples=[example])
    desk.set_viewport_size({"width": width, "height": 900})
    desk.goto(f"{live_server.url}/admin/")
    desk.get_by_role("link", name="What is held and why").click()
    expect(desk.get_by_role("heading", name="In the store, by pipeline")).to_be_visible()
    expect(desk.get_by_role("heading", name="What belonged to nothing")).to_be_visible()
    expect(desk.get_by_role("link", name=job.short_id)).to_be_visible()
    check(desk)
    desk.goto(f"{live_server.url}/admin/jobs/job/{job.pk}/change/")
    expect(desk.get_by_text("objects: 2, segments: 0, 0 bytes")).to_be_visible()
    check(desk)


def test_a_table_wider_than_a_phone_shows_that_there_is_more_and_scrolls_by_the_keys(
    desk: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    scenes.held(offer).upload.files.update(completed_at=timezone.now())
    desk.set_viewport_size({"width": 360, "height": 800})
    desk.goto(f"{live_server.url}/admin/held/")
    frame = desk.get_by_role("region", name="In the store, by pipeline")
    assert frame.evaluate("one => one.scrollWidth > one.clientWidth")
    assert "gradient" in frame.evaluate("one => getComputedStyle(one).backgroundImage")
    frame.focus()
    frame.evaluate("one => { scrolled = new Promise((done) => { one.onscroll = done; }); }")
    desk.keyboard.press("ArrowRight")
    assert frame.evaluate("one => scrolled.then(() => one.scrollLeft)") > 0
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("of", ["job", "letter", "alarm"])
def test_a_list_wider_than_a_phone_shows_that_there_is_more(
    desk: Page, live_server: LiveServer, offer: Pipeline, of: str
) -> None:
    scenes.delivered(offer)
    Alarm.objects.create(cause="old", text="Some text that is long enough to be cut off. " * 3)
    desk.set_viewport_size({"width": 360, "height": 800})
    desk.goto(f"{live_server.url}/admin/jobs/{of}/")
    frame = desk.locator(".results")
    assert frame.evaluate("one => one.scrollWidth > one.clientWidth")
    assert "gradient" in frame.evaluate("one => getComputedStyle(one).backgroundImage")
    rows = desk.locator(".results :is(tr, thead th)")
    colours = rows.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert set(colours) == {"rgba(0, 0, 0, 0)"}
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_list_of_jobs_leads_to_the_review(
    desk: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.held(offer)
    desk.goto(f"{live_server.url}/admin/jobs/job/")
    desk.get_by_role("link", name=f"Review: job {job.short_id}").click()
    expect(desk.get_by_role("heading", name="What the check saw")).to_be_in_viewport()

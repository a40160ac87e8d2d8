"""The page of what is held, in a real browser: accessible by day and by night, on a phone too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Removal, TidyReport
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

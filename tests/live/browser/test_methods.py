"""The paragraph for a methods section and the run record, as a person takes them along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.results.record.crate import crate_json
from jobs.results.record.methods import methods_text
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.scenes import link_of
from tests.live.browsers import own_page

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def test_the_paragraph_is_copied_and_the_record_kept_under_its_own_name(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.delivered(offer)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for address in (f"/r/{link_of(job).token}/", f"/j/{job.status_token}/"):
        page.goto(live_server.url + address)
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_text("Copied.")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == methods_text(job)
        with page.expect_download() as download:
            page.get_by_role("link", name="Run record").click()
        assert download.value.suggested_filename == "ro-crate-metadata.json"
        assert json.loads(Path(download.value.path()).read_text()) == crate_json(job)


def test_without_scripts_the_paragraph_is_there_and_no_button_that_does_nothing(
    chromium: Browser, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.delivered(offer)
    with own_page(chromium, java_script_enabled=False) as page:
        page.goto(f"{live_server.url}/r/{link_of(job).token}/")
        expect(page.get_by_text(methods_text(job))).to_be_visible()
        expect(page.get_by_role("button", name="Copy")).to_be_hidden()

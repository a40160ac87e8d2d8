"""A job is run again by its page's button, on files that a real store has kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from backends.base import Store
from backends.memory import MemoryCluster
from backends.memory.scanner import MemoryScanner
from jobs import tasks
from jobs.models import Job
from jobs.results.acts import new_link
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.live.browser.axe import check
from tests.live.browser.visitor import choose, content_of, send, wait_until_received
from tests.live.browsers import own_page
from tests.walk import walk_to

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
CONTENT = b"to be or not to be"


def delivered(job: Job) -> Job:
    """The check let it pass; it was run, and its result is there."""
    tasks.scan(str(job.pk))
    job.refresh_from_db()
    assert job.state == State.CLEAN
    walk_to(job, State.COMPLETED)
    expires_at = timezone.now() + timedelta(days=14)
    new_link(job, expires_at=expires_at)
    job.move_to(State.DELIVERED, expires_at=expires_at)
    return job


def over(*jobs: Job) -> None:
    """The time of these jobs' files has passed, and the sweep has come."""
    for job in jobs:
        long_ago = timezone.now() - timedelta(days=31)
        Job.objects.filter(pk=job.pk).update(ended_at=long_ago, due_at=long_ago)
    for job in jobs:
        tasks.expire(str(job.pk))


def test_files_are_sent_once_and_run_twice(
    upload_page: Page,
    offer: Pipeline,
    real_store: Store,
    live_server: LiveServer,
    make_files: Callable[..., list[Path]],
    site: MemoryCluster,
    scanners: dict[str, MemoryScanner],
) -> None:
    page = upload_page
    Pipeline.objects.update(input_days=30)
    choose(page, *make_files(("play.txt", CONTENT)))
    send(page)
    job = delivered(wait_until_received(page))
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    expect(page.get_by_text("by the same version of the code")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Run it again").dblclick()
    expect(page.get_by_text(f"These files were sent for job {job.short_id}")).to_be_visible()
    new = job.repeated_by.get()
    assert page.url == f"{live_server.url}/j/{new.status_token}/"
    over(job)
    check(page)
    delivered(new)
    expect(page.get_by_role("link", name="See the result")).to_be_visible()
    assert content_of(new.upload.files.get(), real_store) == CONTENT
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    page.route("**/live", lambda route: route.abort())  # the page does not learn that it is over
    page.get_by_role("link", name=f"Job {new.short_id}").click()
    expect(page.get_by_role("button", name="Run it again")).to_be_visible()
    over(new, job)
    assert list(real_store.list_objects(f"uploads/{job.upload_id}/")) == []
    page.get_by_role("button", name="Run it again").click()
    expect(page.get_by_role("heading", name="It was not run again")).to_be_visible()
    expect(page.get_by_text("deleted, or about to be")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Back to the job's page").click()
    expect(page.get_by_role("button", name="Run it again")).to_have_count(0)


def test_it_is_run_again_without_scripts(
    chromium: Browser, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.kept(offer)
    with own_page(chromium, java_script_enabled=False) as page:
        page.goto(f"{live_server.url}/j/{job.status_token}/")
        page.get_by_role("button", name="Run it again").click()
        expect(page.get_by_text(f"These files were sent for job {job.short_id}")).to_be_visible()
    assert job.repeated_by.count() == 1

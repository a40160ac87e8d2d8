"""The pages as people see them: accessible in every state, live without losing one's place."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from deploy.swift_one import Credentials
from jobs.links import confirmation_token
from jobs.models import Job
from jobs.results.acts import new_link
from jobs.states import State
from pipelines.models import Cluster, Pipeline
from tests.jobs import scenes
from tests.jobs.scenes import SCENES, link_of
from tests.live.browser.axe import check
from tests.live.browser.conftest import use_store
from tests.live.browser.visitor import wait_until
from tests.live.browsers import own_page
from uploads.models import Quota

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _support(settings: Settings) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"


@pytest.mark.parametrize("name", SCENES)
def test_the_status_page_is_accessible_in_every_state(
    page: Page, live_server: LiveServer, offer: Pipeline, name: str
) -> None:
    job = SCENES[name](offer)
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    if name == "uploading":
        expect(page.get_by_role("listitem").filter(has_text="Grüße")).to_be_visible()
    check(page)


def test_the_pages_before_and_after_a_job_are_accessible(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.delivered(offer)
    for address in ("/", "/nothing/here", f"/r/{link_of(job).token}/"):
        page.goto(live_server.url + address)
        check(page)
    page.get_by_text("SHA-256").first.click()
    check(page)
    ended = new_link(job, expires_at=timezone.now() - timedelta(days=1))
    page.goto(f"{live_server.url}/r/{ended.token}/")
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()
    check(page)
    Pipeline.objects.update(is_open=False)
    page.goto(f"{live_server.url}/p/word-count/")
    check(page)


@pytest.mark.parametrize("name", ["scanning", "damaged", "checked", "held", "delivered"])
def test_the_receipt_is_accessible_in_every_state(
    page: Page, live_server: LiveServer, offer: Pipeline, name: str
) -> None:
    job = SCENES[name](offer)
    job.upload.files.filter(number=2).update(verified_at=timezone.now())
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    page.get_by_role("link", name="Receipt with all checksums").click()
    expect(page.get_by_text("The same as on your computer", exact=True).first).to_be_visible()
    check(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the checksums").click()
    assert download.value.suggested_filename == f"receipt-{job.short_id}.sha256"


def test_the_page_that_confirms_is_accessible_and_does_it_by_its_button(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.unconfirmed(offer)
    page.goto(f"{live_server.url}/c/{confirmation_token(job.pk, job.status_sha256)}/")
    check(page)
    page.get_by_role("button", name="Yes, go on").click()
    expect(page.get_by_text("You confirmed your e-mail address")).to_be_visible()


def test_what_is_too_quick_or_too_much_is_said_at_once_and_can_be_sent_again(
    page: Page,
    live_server: LiveServer,
    offer: Pipeline,
    make_files: Callable[..., list[Path]],
    settings: Settings,
) -> None:
    settings.MIN_FILL_S = 3600
    page.goto(f"{live_server.url}/p/word-count/")
    page.get_by_label("Your e-mail address").fill("olga@far.example")
    page.get_by_label("Choose files").set_input_files(make_files(("a.txt", b"a")))
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("That was very quick")).to_be_visible()
    settings.MIN_FILL_S = 0
    Quota.objects.filter(scope="email").update(max_uploads=0)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("as often today as is allowed")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    check(page)


def test_the_uploader_is_accessible_empty_filled_and_wrong(
    page: Page, live_server: LiveServer, offer: Pipeline, make_files: Callable[..., list[Path]]
) -> None:
    page.goto(f"{live_server.url}/p/word-count/")
    check(page)
    paths = make_files(("a-rather-long-name-" * 5 + ".txt", b"a"), ("empty.txt", b""))
    page.get_by_label("Choose files").set_input_files(paths)
    check(page)
    offer.accept_empty_files = False
    offer.save()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Was it saved?")).to_be_visible()
    check(page)


def test_all_of_the_uploader_can_be_reached_by_keyboard(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    page.goto(f"{live_server.url}/p/word-count/")
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.innerText")
        )
    assert reached == [
        "Skip to the content", "Freeloader", "id_email", "What counts as personal data",
        "pick-files", "pick-folder", "Send",
    ]  # fmt: skip


def test_the_status_page_tells_a_move_by_itself_and_keeps_ones_place(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.arrived(offer, State.PENDING)
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    page.get_by_text("SHA-256").first.click()
    expect(page.get_by_text("5e" * 32).first).to_be_visible()
    page.get_by_text("SHA-256").first.focus()
    job.move_to(State.RUNNING, "Running on node7.")
    expect(page.get_by_role("heading", name="Running on an otherwise idle")).to_be_visible()
    expect(page.locator("#spoken")).to_have_text("Running on an otherwise idle computer")
    expect(page).to_have_title("Running on an otherwise idle computer · Word count · Freeloader")
    expect(page.get_by_text("5e" * 32).first).to_be_visible()
    assert "SHA-256" in page.evaluate("document.activeElement.innerText")


def test_the_way_to_cancel_is_accessible_and_goes_when_it_is_too_late(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.arrived(offer, State.COMPLETED)
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    page.get_by_text("Cancel this job", exact=True).click()
    check(page)
    expires_at = timezone.now() + timedelta(days=14)
    new_link(job, expires_at=expires_at)
    job.move_to(State.DELIVERED, expires_at=expires_at)
    expect(page.get_by_text("Cancel this job", exact=True)).to_have_count(0)


def test_a_cancel_without_scripts_that_came_too_late_says_so(
    chromium: Browser, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.arrived(offer, State.COMPLETED)
    with own_page(chromium, java_script_enabled=False) as page:
        page.goto(f"{live_server.url}/j/{job.status_token}/")
        page.get_by_text("Cancel this job", exact=True).click()
        expires_at = timezone.now() + timedelta(days=14)
        new_link(job, expires_at=expires_at)
        job.move_to(State.DELIVERED, expires_at=expires_at)
        page.get_by_role("button", name="Yes, cancel this job").click()
        expect(page.get_by_role("heading", name="It was too late to cancel")).to_be_visible()
        page.get_by_role("link", name="See the result").click()
        expect(page).to_have_url(f"{live_server.url}/r/{link_of(job).token}/")


def test_the_page_stops_asking_when_the_job_is_over(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.arrived(offer, State.RUNNING)
    overs: list[str] = []
    page.on("response", lambda one: overs.append(one.headers.get("x-over", "")))
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    job.move_to(State.FAILED, "It was too large.")
    wait_until(page, lambda: "1" in overs)
    expect(page.get_by_text("It was too large.").first).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(5_000)
    assert asked == []


def test_who_comes_back_to_the_page_while_it_asks_makes_it_ask_no_second_time(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    held: list[Route] = []
    page.route("**/live", lambda route: held.append(route))
    page.goto(f"{live_server.url}/j/{scenes.running(offer).status_token}/")
    wait_until(page, lambda: held)
    for _ in range(3):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("fetch(location).then(() => null)")  # what was asked before it is known by then
    assert len(held) == 1
    held.pop().continue_()
    wait_until(page, lambda: held)  # it goes on


def test_times_are_shown_in_the_readers_own_zone(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job: Job = scenes.arrived(offer, State.UPLOADED)
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    shown = page.locator("time").first
    expect(shown).to_have_text(re.compile(r"^\d+ \w+ \d{4}, \d\d:\d\d (CES?T|GMT\+[12])$"))
    assert (shown.get_attribute("datetime") or "").endswith("+00:00")


def test_the_download_button_leads_to_the_file_in_the_store(
    page: Page,
    live_server: LiveServer,
    offer: Pipeline,
    settings: Settings,
    swift_for_browsers: Credentials,
) -> None:
    store = use_store(settings, swift_for_browsers, live_server.url, "swift")
    job = scenes.delivered(offer)
    store.write(job.results.get(number=1).object_name, b"the result")
    page.goto(f"{live_server.url}/r/{link_of(job).token}/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download Grüße, Olga.csv").click()
    assert Path(download.value.path()).read_bytes() == b"the result"
    assert download.value.suggested_filename == "Grüße, Olga.csv"
    assert link_of(job).downloads == 1


@pytest.mark.parametrize(
    ("nodes", "minutes", "words"),
    [
        (12, 0, "12 computers are idle now"),
        (0, 0, "a small job that is sent now"),
        (9, 20, "were idle on"),
    ],
)
def test_a_pipelines_page_that_tells_what_is_idle_is_accessible(
    page: Page, live_server: LiveServer, offer: Pipeline, nodes: int, minutes: int, words: str
) -> None:
    at = timezone.now() - timedelta(minutes=minutes)
    Cluster.objects.update(
        idle_nodes=nodes,
        idle_cpus=4 * nodes,
        idle_alike=[[nodes, 4, 16_000]] if nodes else [],
        expected_start_at=None if nodes else at + timedelta(hours=3),
        idle_seen_at=at,
    )
    page.goto(f"{live_server.url}/p/word-count/")
    expect(page.get_by_text(words)).to_be_visible()
    check(page)


def test_a_page_whose_cluster_does_not_give_way_is_accessible(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    Cluster.objects.update(partition_fault="Jobs in restart do not give way to others.")
    page.goto(f"{live_server.url}/p/word-count/")
    expect(page.get_by_text("Jobs cannot start at the moment")).to_be_visible()
    check(page)


def test_a_status_page_on_which_nothing_changes_is_not_sent_again(
    page: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.arrived(offer, State.PENDING)
    answers: list[int] = []
    page.on("response", lambda one: answers.append(one.status) if "/live" in one.url else None)
    page.goto(f"{live_server.url}/j/{job.status_token}/")
    wait_until(page, lambda: len(answers) >= 2)
    assert answers[:2] == [200, 304]

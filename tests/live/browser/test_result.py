"""The result's page in a real browser: a friendly result looks well, a hostile one does nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Job
from jobs.results.packed import Inside
from pipelines.models import Pipeline
from tests.jobs.scenes import link_of
from tests.live.browser import outcomes
from tests.live.browser.axe import check
from tests.live.browsers import close, own_page

pytestmark = [
    pytest.mark.live,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("previews"),
]
HIT = "window.hit === undefined && document.title !== 'HIT'"


class Canary(ThreadingHTTPServer):
    """Elsewhere: it hears of every connection, and of every line that is said to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Silent)
        self.heard: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def verify_request(self, request: object, client_address: object) -> bool:
        self.heard.append("a connection")
        return True


class _Silent(BaseHTTPRequestHandler):
    server: Canary
    timeout = 1

    def handle_one_request(self) -> None:
        with suppress(TimeoutError):
            self.server.heard.append(self.rfile.readline().decode("latin-1").strip())
        self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
        self.close_connection = True


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


LONG_NAME = "_".join(f"sample_{number}" for number in range(1, 20)) + "_sample_41.bin"
# With what stands around it: what sticks out of the card is not painted.
IS_INSIDE = """link => link.getBoundingClientRect().bottom
  <= link.closest("li").getBoundingClientRect().bottom"""


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser whose console may complain of what is stopped, and in which nothing cries."""
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(60_000)
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    yield context
    assert context.cookies() == []
    close(context)
    assert "HIT" not in said


def address_of(job: Job, live_server: LiveServer) -> str:
    return f"{live_server.url}/r/{link_of(job).token}/"


def see_all(page: Page) -> None:
    """Scroll through it until everything has come."""
    for place in page.locator("li.card").all():
        place.scroll_into_view_if_needed()
    expect(page.locator("[data-part] > a")).to_have_count(0)
    for picture in page.locator("img").all():  # they may begin when the network was idle before
        expect(picture).to_have_js_property("complete", True)
    page.wait_for_load_state("networkidle")


def unharmed(page: Page, url: str) -> None:
    assert page.url == url
    assert len(page.context.pages) == 1
    for frame in page.frames:
        assert frame.evaluate(HIT) if frame is page.main_frame else is_silent(frame)


def is_silent(frame: Frame) -> bool:
    """A frame in which nothing may run cannot be asked; its title and place tell enough."""
    return "HIT" not in frame.title()


@pytest.mark.parametrize("size", [(320, 800), (1280, 900)])
def test_a_friendly_result_is_shown_and_accessible(
    page: Page, live_server: LiveServer, offer: Pipeline, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    job = outcomes.delivered(offer, outcomes.friendly() | {LONG_NAME: b"0"})
    page.goto(address_of(job, live_server))
    see_all(page)
    name = page.locator(".download .name", has_text="sample_41")
    assert name.evaluate("name => name.scrollHeight <= name.clientHeight + 1")  # nothing is cut
    for picture in page.get_by_role("img", name="Preview of").all():
        assert picture.evaluate("img => img.naturalWidth") > 200
    expect(page.get_by_role("columnheader", name="concentration [µg/ml]")).to_be_visible()
    expect(page.get_by_role("cell", name="ENSG00000000000")).to_be_visible()
    expect(page.get_by_role("heading", name="How to read this")).to_be_visible()
    expect(page.get_by_text("INFO step 7 of 240")).to_be_visible()
    report = page.frame_locator("iframe")
    expect(report.get_by_role("heading", name="Quality report")).to_be_visible()
    page.get_by_text("on a command line").click()
    expect(page.locator("#line-1")).to_contain_text(".zip")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    check(page)


CELLS = {f"cells/cell_{number}.dat": bytes(number) for number in range(1, 10_001)}


@pytest.mark.parametrize("size", [(320, 800), (1280, 900)])
def test_of_ten_thousand_files_in_one_zip_the_first_are_shown(
    page: Page, live_server: LiveServer, offer: Pipeline, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    job = outcomes.packed(offer, outcomes.friendly() | CELLS)
    page.goto(address_of(job, live_server))
    see_all(page)
    expect(page.get_by_text("10,013 files in one ZIP, ")).to_be_visible()
    expect(page.get_by_role("button", name="Download results.zip")).to_have_count(1)
    expect(page.get_by_role("button", name="Download", exact=False)).to_have_count(1)
    for picture in page.get_by_role("img", name="Preview of").all():
        assert picture.evaluate("img => img.naturalWidth") > 200
    expect(page.get_by_role("columnheader", name="concentration [µg/ml]")).to_be_visible()
    expect(page.get_by_role("cell", name="ENSG00000000000")).to_be_visible()
    expect(page.get_by_role("heading", name="How to read this")).to_be_visible()
    report = page.frame_locator("iframe")
    expect(report.get_by_role("heading", name="Quality report")).to_be_visible()
    expect(page.get_by_text("And 9,954 more in the ZIP.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    check(page)


def test_a_hostile_result_in_a_zip_does_nothing_either(
    visitor: BrowserContext, live_server: LiveServer, offer: Pipeline, canary: Canary
) -> None:
    hostile = outcomes.hostile(canary.url, live_server.url)
    job = outcomes.packed(offer, hostile)
    shown = {one.name: one.preview.get("kind") for one in Inside.of(job.results.get())}
    assert {"html", "svg", "markdown", "table", "text", "pdf"} <= set(shown.values())
    page = visitor.new_page()
    address = address_of(job, live_server)
    page.goto(address)
    see_all(page)
    unharmed(page, address)
    assert canary.heard == []
    check(page)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("concentrations.csv", "concentration [µg/ml]"),
        ("README.md", "How to read this"),
        ("run.log", "INFO step 7 of 240"),
        ("plots/volcano.svg", "Back to the result"),
        ("report.html", "Back to the result"),
        ("photo of the plate.jpg", "Back to the result"),
    ],
)
def test_each_preview_is_an_accessible_page_without_scripts_too(
    chromium: Browser, page: Page, live_server: LiveServer, offer: Pipeline, name: str, seen: str
) -> None:
    job = outcomes.delivered(offer, {name: outcomes.friendly()[name]})
    page.goto(address_of(job, live_server) + "1/preview")
    expect(page.get_by_text(seen).first).to_be_visible()
    for picture in page.locator(".alone img").all():
        ratios = "img => [img.width / img.height, img.naturalWidth / img.naturalHeight]"
        shown, true = picture.evaluate(ratios)
        assert shown == pytest.approx(true, rel=0.02)
    check(page)
    with own_page(chromium, java_script_enabled=False) as plain:
        plain.goto(address_of(job, live_server))
        link = plain.locator("li.card a").first
        assert link.evaluate(IS_INSIDE)
        link.click()
        expect(plain.get_by_text(seen).first).to_be_visible()


def test_a_hostile_result_does_nothing_to_its_page(
    visitor: BrowserContext, live_server: LiveServer, offer: Pipeline, canary: Canary
) -> None:
    job = outcomes.delivered(offer, outcomes.hostile(canary.url, live_server.url))
    kinds = dict(job.results.values_list("name", "preview__kind"))
    assert {"html", "svg", "markdown", "table", "text", "pdf"} <= set(kinds.values())
    assert not any(kinds[name] for name in ("bomb.png", "bomb.xlsx", "page.gif"))
    page = visitor.new_page()
    came: list[str] = []
    page.on("response", lambda response: came.append(response.url))
    address = address_of(job, live_server)
    page.goto(address)
    see_all(page)
    unharmed(page, address)
    assert canary.heard == []
    for link in ("#run", "#top", "#new", "#save", "#send", "#leave"):
        page.reload()
        page.frame_locator("iframe").first.locator(link).click()
        page.wait_for_timeout(300)

    page.wait_for_load_state("networkidle")  # a frame that is being loaded cannot be asked
    unharmed(page, address)
    # Who clicks on a link shows that somebody is there; nothing is asked for, and nothing told.
    assert {line for line in canary.heard if line} <= {"a connection"}
    assert [url for url in came if not url.startswith(live_server.url + "/")] == []
    assert not [url for url in came if "/admin" in url]
    page.get_by_text("SHA-256").first.click()
    expect(page.locator("code.whole").first).to_be_visible()
    check(page)


def test_each_preview_of_a_hostile_result_does_nothing_as_a_page_of_its_own(
    visitor: BrowserContext, live_server: LiveServer, offer: Pipeline, canary: Canary
) -> None:
    job = outcomes.delivered(offer, outcomes.hostile(canary.url, live_server.url))
    page = visitor.new_page()
    shown = job.results.exclude(preview={})
    assert len(shown) >= 9
    for file in shown:
        address = f"{address_of(job, live_server)}{file.number}/preview"
        page.goto(address)
        page.wait_for_load_state("networkidle")
        unharmed(page, address)
    assert canary.heard == []


@pytest.mark.parametrize("name", ["report.html", "drawing.svg"])
def test_what_an_old_browser_is_given_does_nothing_either(
    visitor: BrowserContext, live_server: LiveServer, offer: Pipeline, canary: Canary, name: str
) -> None:
    """One that does not say that it asks for a page gets the file itself, under its policy."""
    content = {"report.html": outcomes.PAGE, "drawing.svg": outcomes.DRAWING}[name]
    cry = f"top.hit = 1; document.title = 'HIT'; console.log('HIT'); fetch('{canary.url}/script')"
    for word, value in (("CANARY", canary.url), ("SITE", live_server.url), ("CRY", cry)):
        content = content.replace(word, value)
    job = outcomes.delivered(offer, {name: content.encode()})
    address = address_of(job, live_server) + "1/preview"
    with urlopen(Request(address)) as answer:
        headers, body = dict(answer.headers), answer.read()
    assert body.count(b"HIT") == content.count("HIT")
    page = visitor.new_page()
    page.route(address, lambda route: route.fulfill(headers=headers, body=body))
    page.goto(address)
    page.wait_for_timeout(1_500)

    unharmed(page, address)
    assert canary.heard == []

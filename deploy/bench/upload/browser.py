"""A real Chromium, headless, that sends files as a visitor does: by what the page shows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from deploy.bench.held import cpu_s, family_of, pss_mib
from deploy.chromium import ARGUMENTS, CHROMIUM

MARK = f"--of-bench-upload-{os.getpid()}"  # Chromium ignores it; its processes are found by it
CONNECTIONS = 6  # browsers open no more to one host
ARRIVES_WITHIN_MS = 1_800_000
LOOK_MS = 50
HAS_ARRIVED = """() => [...document.querySelectorAll("h1, h2")].some(
    (heading) => heading.textContent.trim() === "Your files have arrived")"""


@dataclass(frozen=True)
class Sent:
    """One upload of the page, in seconds.

    `seconds`: from the first part's request to the answer that all is complete. `whole_s`: from
    Send until the page says that the files have arrived; `cpu_s` is the browser's meanwhile.
    `at_once`: most requests with parts under way at one time.
    """

    seconds: float
    whole_s: float
    cpu_s: float
    at_once: int


class Watch:
    """The requests of a page, as the browser times them."""

    def __init__(self, page: Page) -> None:
        self._puts: list[tuple[float, float]] = []
        self._completed_at: list[float] = []
        page.on("requestfinished", self._note)

    def _note(self, request: Request) -> None:
        timing = request.timing
        begun_at = timing["startTime"]
        if request.method == "PUT":
            # Its answer is all in its head; responseEnd comes when the page has gone on already.
            self._puts.append((begun_at, begun_at + timing["responseStart"]))
        elif request.url.endswith("/complete"):
            self._completed_at.append(begun_at + timing["responseEnd"])

    @property
    def seconds(self) -> float:
        """From the first PUT's beginning to the end of the last answer to `complete`."""
        return (max(self._completed_at) - min(begun_at for begun_at, _ in self._puts)) / 1000

    @property
    def at_once(self) -> int:
        """As many as a browser keeps to one host at most: what is more waits for a connection."""
        return min(CONNECTIONS, most_at_once(self._puts))


def most_at_once(spans: Sequence[tuple[float, float]]) -> int:
    """How many of these spans of time, (begin, end), overlap at most."""
    moments = sorted([(end, -1) for _, end in spans] + [(begin, 1) for begin, _ in spans])
    return max(accumulate(change for _, change in moments), default=0)


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser."""

    browser: Browser

    def send(self, page_url: str, files: Sequence[Path], *, watched: bool = True) -> Sent:
        """Send these files and wait until they have arrived.

        Not `watched`, only `whole_s` is known, and watching costs nothing.
        """
        with self._page() as page:
            watch = Watch(page) if watched else None
            _choose(page, page_url, files)
            # To look something up in a page with a thousand rows costs it much: before and after.
            page.get_by_role("button", name="Send").focus()
            begun, cpu_before_s = time.monotonic(), cpu_s(family_of(MARK))
            page.keyboard.press("Enter")
            page.wait_for_function(HAS_ARRIVED, polling=LOOK_MS, timeout=ARRIVES_WITHIN_MS)
            whole_s, used_s = time.monotonic() - begun, cpu_s(family_of(MARK)) - cpu_before_s
            arrived = page.get_by_role("heading", name="Your files have arrived")
            expect(arrived).to_be_visible()
            seconds, at_once = (watch.seconds, watch.at_once) if watch else (0.0, 0)
            return Sent(seconds, whole_s, used_s, at_once)

    def send_until(self, page_url: str, file: Path, is_enough: Callable[[], bool]) -> float:
        """Send it for a while, and cancel; the browser's memory at its peak, in MiB (PSS)."""
        with self._page() as page:
            _choose(page, page_url, [file])
            page.get_by_role("button", name="Send").click()
            peak_mib = 0.0
            while not is_enough():
                page.wait_for_timeout(5 * LOOK_MS)
                peak_mib = max(peak_mib, pss_mib(family_of(MARK)))
            page.get_by_text("Cancel this job", exact=True).click()
            page.get_by_role("button", name="Yes, cancel this job").click()
            cancelled = page.get_by_role("heading", name="Your job was cancelled")
            expect(cancelled).to_be_visible(timeout=ARRIVES_WITHIN_MS)
            return peak_mib

    @contextmanager
    def _page(self) -> Iterator[Page]:
        context = self.browser.new_context(locale="en-GB")
        try:
            yield context.new_page()
        finally:
            context.close()


def _choose(page: Page, page_url: str, files: Sequence[Path]) -> None:
    page.goto(page_url)
    page.get_by_label("Choose files").set_input_files(files, timeout=ARRIVES_WITHIN_MS)
    page.get_by_label("Your e-mail address").fill("olga@far.example")


@contextmanager
def visiting() -> Iterator[Visitor]:
    """A browser for a while."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, MARK])
        try:
            yield Visitor(browser)
        finally:
            browser.close()

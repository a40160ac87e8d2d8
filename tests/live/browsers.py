"""One Chromium for many tests. One that hangs is ended, and another takes its place."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Timer
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright

from deploy.chromium import ARGUMENTS, CHROMIUM

MARK = f"--driven-by={os.getpid()}"  # Chromium knows no such switch: it tells ours from others


class Browsers:
    """What gives a test its browser."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._browser: Browser | None = None

    def living(self) -> Browser:
        """The browser of the tests before, or another if that was ended."""
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._playwright.chromium.launch(
                executable_path=CHROMIUM, args=[*ARGUMENTS, MARK]
            )
        return self._browser

    def close(self) -> None:
        if self._browser is not None and self._browser.is_connected():
            close(self._browser)


def close(what: Browser | BrowserContext, *, within_s: float = 60, switch: str = MARK) -> None:
    """Close it, or end its browser: on busy processors Chromium has hung there.

    The browser is found by a `switch` that it was started with. One that has ended by now is no
    reason to complain: who closes next in the same browser finds it so.
    """
    browser = what if isinstance(what, Browser) else what.browser
    is_late = Event()
    end = Timer(within_s, _end_browser, [switch, is_late])
    end.start()
    try:
        what.close()
    except Error:
        if not is_late.is_set() and browser is not None and browser.is_connected():
            raise
    finally:
        end.cancel()


@contextmanager
def own_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a context of its own, which is closed at the end."""
    context = browser.new_context(**options)
    context.set_default_timeout(60_000)
    try:
        yield context.new_page()
    finally:
        close(context)


def browser_pids(switch: str = MARK) -> list[int]:
    """The main processes of the browsers that were started with this switch."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().split(b"\0")
        except OSError:  # it has ended meanwhile
            continue
        # its children repeat some switches; only theirs have a type
        if switch.encode() in words and not any(word.startswith(b"--type=") for word in words):
            found.append(int(line.parent.name))
    return found


def kill(switch: str) -> None:
    """As kill -9 does, the main processes that were started with this switch."""
    for pid in browser_pids(switch):
        with suppress(ProcessLookupError):  # a child that had just been forked from it
            os.kill(pid, signal.SIGKILL)


def _end_browser(switch: str, is_late: Event) -> None:
    is_late.set()  # before the browser ends: whoever waits for it goes on at once
    kill(switch)

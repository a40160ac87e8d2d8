"""One Chromium for many tests. One that hangs is ended, and another takes its place."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Timer

from playwright.sync_api import Browser, BrowserContext, Error, Playwright

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
            self._browser.close()


def close(context: BrowserContext, *, within_s: float = 60) -> None:
    """Close the context, or end its browser: on busy processors Chromium has hung there."""
    end = Timer(within_s, _end_browser)
    end.start()
    try:
        context.close()
    except Error:
        if end.is_alive():
            raise
    finally:
        end.cancel()


def browser_pids() -> list[int]:
    """The main processes of the browsers that this process has started here."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().split(b"\0")
        except OSError:  # it has ended meanwhile
            continue
        # its children repeat some switches; only theirs have a type
        if MARK.encode() in words and not any(word.startswith(b"--type=") for word in words):
            found.append(int(line.parent.name))
    return found


def _end_browser() -> None:
    for pid in browser_pids():
        os.kill(pid, signal.SIGKILL)

"""The pictures of the documentation, taken from a demonstration: `make screenshots`.

A demonstration of its own comes up beside one that may be running; Chromium sends the example
tables as a visitor does, and what she sees is written to docs/images/.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from deploy.chromium import ARGUMENTS, CHROMIUM
from deploy.demo.run import running
from deploy.demo.site import ROOT, DemoSite, free_port

IMAGES = ROOT / "docs" / "images"
STATE = ROOT / ".demo" / "screenshots"
INPUT = ROOT / "build" / "screenshots-input"
VIEWPORT = ViewportSize(width=800, height=500)
SCALE = 1.5  # 1200 pixels: sharp, and still readable when a forge shows two side by side
COLOURS = 128
DONE_WITHIN_MS = 120_000


def main() -> None:
    """Start, drive, take, stop."""
    if not Path(CHROMIUM).exists():
        sys.exit(f"No browser at {CHROMIUM}: install chromium, or set FREELOADER_CHROMIUM.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    site = DemoSite(STATE, free_port(), free_port())
    try:
        with running(site), _chromium() as browser:
            take_all(browser, site)
    finally:
        shutil.rmtree(STATE, ignore_errors=True)


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def take_all(browser: Browser, site: DemoSite) -> None:
    """One visit: choose, send, watch, fetch."""
    context = browser.new_context(
        viewport=VIEWPORT,
        device_scale_factor=SCALE,
        locale="en-GB",
        timezone_id="Europe/Berlin",
        color_scheme="light",
    )
    page = context.new_page()
    page.goto(f"{site.url}/p/plot-csv/")
    page.get_by_label("Your e-mail address").fill("olga@far.example")
    page.set_input_files("#pick-files", _example_tables())
    page.locator("h1").click()  # away from the field, which would show its focus
    save(page, "pipeline")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_selector("#now.delivered", timeout=DONE_WITHIN_MS)
    save(page, "status")
    page.get_by_role("link", name="See the result").click()
    save(page, "result")
    context.close()


def _example_tables() -> list[Path]:
    INPUT.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(ROOT / "examples" / "make_input.py"), str(INPUT)]
    subprocess.run(command, check=True, capture_output=True)
    return sorted(INPUT.glob("*.csv"))


def save(page: Page, name: str) -> None:
    """The whole page, by day and by night."""
    page.mouse.move(0, 0)
    _shoot(page, name)
    page.emulate_media(color_scheme="dark")
    _shoot(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")


def _shoot(page: Page, name: str) -> None:
    """A small PNG of few colours; the pages are flat, so nobody sees it."""
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled")))
    path = IMAGES / f"{name}.png"
    small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {picture.width} × {picture.height}, "
          f"{path.stat().st_size // 1000} kB")  # fmt: skip


if __name__ == "__main__":
    main()

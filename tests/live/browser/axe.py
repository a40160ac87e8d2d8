"""What every page is held to in a real browser: accessible, and fit for a small screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK = """tags => axe.run(document, {runOnly: {type: "tag", values: tags}}).then(found =>
    found.violations.map(v => [v.id, v.nodes.map(n => [n.html, n.failureSummary])]))"""
OVERFLOW = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def check(page: Page) -> None:
    """No violation, light and dark; nothing sticks out of 320 px; no focusable thing is tiny."""
    page.evaluate(AXE)  # not add_script_tag: the CSP stops that, rightly
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        found: list[Any] = page.evaluate(LOOK, TAGS)
        assert found == [], scheme
    assert page.evaluate(OVERFLOW) is False

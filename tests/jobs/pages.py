"""What the tests ask of every page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from jobs.models import Job

VOID = {"meta", "link", "input", "img", "br", "hr", "wbr"}


class Page(HTMLParser):
    """What the tests ask of a page's HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.outermost: list[dict[str, str | None]] = []  # of the tags in no other tag
        self.feed(html)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        if not self.open:
            self.outermost.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(self.texts["body"][0].split())


def read(response: Any, status: int = 200) -> Page:
    """The page, after everything that is asked of each."""
    assert response.status_code == status
    assert not response.cookies
    page = Page(response.content.decode())
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert page.texts["title"][0].strip(" ·")
    assert not page.all("style")
    for script in page.all("script"):
        assert script.get("src") or script["type"] == "application/json"
    for tag, attributes in page.tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    return page


def status_text(client: Client, job: Job) -> str:
    """What the status page of the job says."""
    return read(client.get(f"/j/{job.status_token}/")).text

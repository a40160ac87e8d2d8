from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backends.memory import MemoryStore
from freeloader_site.logs import without_secrets
from jobs.models import Job
from jobs.results.acts import revoke
from jobs.results.previews import preview_name
from pipelines.models import Pipeline
from previews.kinds import Kind
from tests.jobs import scenes
from tests.jobs.pages import read
from tests.jobs.scenes import link_of

AS_PAGE = {"Sec-Fetch-Dest": "document"}
CONTENTS = {
    Kind.PICTURE: b"RIFF",
    Kind.PDF: b"RIFF",
    Kind.SVG: b"<svg><script>alert(1)</script></svg>",
    Kind.HTML: b"<script>alert(1)</script>",
    Kind.TABLE: json.dumps({"header": ["<b>"], "rows": [["=1+1"]]}).encode(),
    Kind.TEXT: b"<script>alert(1)</script>",
    Kind.MARKDOWN: b'<p onclick="x()">text<script>alert(1)</script></p>',
}


@pytest.fixture
def delivered(pipeline: Pipeline) -> Job:
    return scenes.delivered(pipeline)


def show(job: Job, store: MemoryStore, kind: Kind, **facts: int) -> str:
    """The address of the preview that the second file, whose name is hostile, has now."""
    job.results.filter(number=2).update(preview={"kind": kind.value, **facts})
    store.write(preview_name(job, 2), CONTENTS[kind])
    return f"/r/{link_of(job).token}/2/preview"


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        (Kind.PICTURE, "image/webp"),
        (Kind.PDF, "image/webp"),
        (Kind.SVG, "image/svg+xml"),
        (Kind.HTML, "text/html; charset=utf-8"),
    ],
)
def test_bytes_go_out_as_what_we_say_and_can_do_nothing(
    client: Client, store: MemoryStore, delivered: Job, kind: Kind, content_type: str
) -> None:
    response = client.get(show(delivered, store, kind))

    assert response.content == CONTENTS[kind]
    assert response["Content-Type"] == content_type
    assert response["X-Content-Type-Options"] == "nosniff"
    policy = [part.strip() for part in response["Content-Security-Policy"].split(";")]
    assert "sandbox" in policy  # with no leave to do anything
    assert "default-src 'none'" in policy
    assert not [part for part in policy if part.startswith(("script", "connect", "frame-src"))]
    framed = "SAMEORIGIN" if kind is Kind.HTML else "DENY"
    assert response["X-Frame-Options"] == framed
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("kind", [Kind.TABLE, Kind.TEXT, Kind.MARKDOWN])
@pytest.mark.parametrize("headers", [{}, AS_PAGE])
def test_tables_and_texts_are_rendered_as_data(
    client: Client, store: MemoryStore, delivered: Job, kind: Kind, headers: Any
) -> None:
    response = client.get(show(delivered, store, kind, cut=1), headers=headers)

    html = response.content.decode()
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "<script>alert" not in html
    assert "onclick" not in html
    assert "<b>" not in html
    assert 'id="part"' in html
    assert "This is the beginning" in html
    assert ("<html" in html) == bool(headers)


@pytest.mark.parametrize("kind", [Kind.HTML, Kind.SVG, Kind.PICTURE, Kind.PDF])
def test_what_is_opened_by_itself_is_within_a_page_of_ours(
    client: Client, store: MemoryStore, delivered: Job, kind: Kind
) -> None:
    address = show(delivered, store, kind)

    page = read(client.get(address, headers=AS_PAGE))

    shown = page.all("iframe" if kind is Kind.HTML else "img")[-1]
    assert shown["src"] == address
    assert (kind is not Kind.HTML) or shown["sandbox"] == ""
    assert f"/r/{link_of(delivered).token}/" in [link.get("href") for link in page.all("a")]
    assert "alert(1)" not in "".join(page.texts.get("script", []))


def test_who_may_not_see_the_result_sees_no_preview(
    client: Client, store: MemoryStore, delivered: Job
) -> None:
    address = show(delivered, store, Kind.TEXT)
    eve = address.replace(link_of(delivered).token, "e" * 43)

    assert client.get(eve).status_code == 404
    assert client.get(address.replace("/2/", "/1/")).status_code == 404  # it has none
    assert client.get(address.replace("/2/", "/9/")).status_code == 404
    assert client.post(address).status_code == 405
    store.delete(preview_name(delivered, 2))
    assert client.get(address).status_code == 404
    revoke(link_of(delivered), actor="sam")
    assert client.get(address).status_code == 410


def test_an_ended_link_shows_no_preview(client: Client, store: MemoryStore, delivered: Job) -> None:
    address = show(delivered, store, Kind.PICTURE)
    delivered.links.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client.get(address).status_code == 410


def test_a_store_that_is_away_is_said_so(
    client: Client, store: MemoryStore, delivered: Job
) -> None:
    address = show(delivered, store, Kind.TEXT)
    store.is_stopped = True

    assert client.get(address).status_code == 503


def test_to_look_counts_nothing_and_the_log_keeps_no_token(
    client: Client, store: MemoryStore, delivered: Job
) -> None:
    address = show(delivered, store, Kind.PICTURE)
    acts = list(link_of(delivered).acts.values_list("kind", flat=True))

    for _ in range(3):
        client.get(address)
        client.head(address)

    link = link_of(delivered)
    assert link.downloads == 0
    assert list(link.acts.values_list("kind", flat=True)) == acts
    assert link.token not in without_secrets(f"Not Found: {address}")


def test_numbers_stand_right_and_a_long_cell_tells_all_of_it(
    client: Client, store: MemoryStore, delivered: Job
) -> None:
    address, long = show(delivered, store, Kind.TABLE), "<" * 99
    table = {"header": ["n", "name"], "rows": [["1.5", long]]}
    store.write(preview_name(delivered, 2), json.dumps(table).encode())

    page = read(client.get(address, headers=AS_PAGE))

    assert page.all("th") == [{"scope": "col", "class": "number"}, {"scope": "col"}]
    assert page.all("td") == [{"class": "number"}, {"title": long}]


def test_it_is_said_what_is_not_shown(client: Client, store: MemoryStore, delivered: Job) -> None:
    said = {
        count: read(
            client.get(show(delivered, store, Kind.MARKDOWN, left_out=count), headers=AS_PAGE)
        ).text
        for count in (0, 2)
    }
    assert "pictures in this text are left out" in said[2]
    assert "left out" not in said[0]
    report = read(client.get(show(delivered, store, Kind.HTML), headers=AS_PAGE)).text
    assert "Scripts, and pictures from other files, are left out here" in report

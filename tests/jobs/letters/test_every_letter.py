"""What holds for each letter, whatever it tells."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outbox
from django.utils import timezone

from jobs.letters.send import send_due_letters
from jobs.models import Letter
from pipelines.models import Pipeline
from tests.jobs.letters.scenes import LETTERS
from tests.jobs.pages import Page

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
LINK = re.compile(r"https?://[^\s\"<>]+")
# What loads something, runs, or sends something from within a letter.
LOADS = {"img", "script", "link", "iframe", "object", "embed", "form", "input", "video", "audio"}


@pytest.fixture(autouse=True)
def _support(settings: Any) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"
    settings.SITE_URL = "https://freeloader.uni.example"


@pytest.fixture(params=LETTERS)
def letter(request: pytest.FixtureRequest, pipeline: Pipeline) -> Letter:
    return LETTERS[request.param](pipeline)


def received(letter: Letter) -> EmailMessage:
    """The letter as it comes out of the other mail server."""
    Letter.objects.exclude(pk=letter.pk).update(sent_at=timezone.now())
    Letter.objects.filter(pk=letter.pk).update(due_at=timezone.now())
    send_due_letters()
    (message,) = outbox.outbox
    assert message.recipients() == [letter.recipient]
    found = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_every_kind_is_looked_at() -> None:
    assert {kind.value for kind in Letter.Kind} <= set(LETTERS)
    written = {path.name.split(".")[0] for path in (ROOT / "templates/mail").glob("*.subject.txt")}
    assert written <= set(LETTERS)


def test_it_goes_to_one_person_and_says_that_a_program_wrote_it(letter: Letter) -> None:
    message = received(letter)
    assert message.get_all("To") == [letter.recipient]
    assert "," not in letter.recipient
    for header in ("Cc", "Bcc", "Reply-To", "Disposition-Notification-To", "Return-Receipt-To"):
        assert message[header] is None
    assert message.get_all("Message-ID") == [letter.message_id]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"]


def test_text_and_html_have_the_same_links(letter: Letter) -> None:
    message = received(letter)
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    html = Page(part(message, "html"))
    linked = {str(a["href"]) for a in html.all("a") if not str(a["href"]).startswith("mailto:")}
    assert linked
    assert linked == set(LINK.findall(part(message, "plain")))
    assert all(link.startswith("https://freeloader.uni.example/") for link in linked)


def test_it_loads_nothing_and_tells_nobody_that_it_was_opened(letter: Letter) -> None:
    html = part(received(letter), "html")
    page = Page(html)
    assert not LOADS & {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "background", "poster", "ping"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    assert "url(" not in html
    assert "@import" not in html


def test_it_has_a_language_a_title_and_one_heading(letter: Letter) -> None:
    page = Page(part(received(letter), "html"))
    assert page.all("html")[0]["lang"] == "en"
    assert page.texts["title"][0].strip()
    assert len(page.all("h1")) == 1
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )

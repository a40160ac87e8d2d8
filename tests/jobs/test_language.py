"""Olga reads all of it in her language: pages, answers and letters; the history stays English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from django.utils.translation import override, trans_real
from pytest_django import Settings

from jobs import links, reasons
from jobs.letters.send import send_due_letters
from jobs.models import Alarm, Job, Letter, LinkAct, Removal, ResultLink, TidyReport
from jobs.pipeline_page.quota import over_quota
from jobs.results.acts import hand_over, new_link
from jobs.results.notice import write_notice
from jobs.states import State
from jobs.steps.receive import announce
from jobs.steps.tidy import Why
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.scenes import SCENES, link_of
from uploads.quotas import OverQuota, Scope
from uploads.rules import DeclaredFile, size_text

pytestmark = pytest.mark.django_db
GERMAN = {"accept-language": "de"}
VOID = {"meta", "link", "input", "img", "br", "hr"}
LETTER = re.compile(r"[^\W\d_]")
SPOKEN = ("alt", "aria-label", "placeholder", "title")
# What people, research code and files are called is theirs in every language.
DATA = re.compile(
    r"Word count|Freeloader|Counts the words of each text file\.|help@uni\.example"
    r"|SHA-256( [0-9a-f]{64})?|Linux|macOS"
    r"|These are test data\.|It is a quiet week\.|These are patients\.|http://127\.0\.0\.1:8000/p/\S*"
    r"|campus|olga@far\.example|file 3 of 7|SOME_NEW_CODE|Walked to \w+\.|Running on node7 again\."
    r"|Grüße, Olga\.csv|<script>alert\(1\)</script>.cod\.exe|empty\.txt"
    r"|\b[0-9a-f]{8}…?|\bk?[MGT]?B\b|https?://\S+"
)


class Brackets(NullTranslations):
    """A language in which every text says so: ⟦Send⟧."""

    def language(self) -> str:
        return "de"

    to_language = language

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


# What a paper takes over, between them, is English in every language.
NOT_OURS = {"script", "style", "bdi", "code", "blockquote"}


class Texts(HTMLParser):
    """What a page says, without what scripts, styles, files' names and quotations say."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [value or "" for name, value in attrs if name in SPOKEN]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not NOT_OURS.intersection(self.open):
            self.texts.append(data)


def outside_brackets(text: str) -> str:
    """What of a text nobody can translate."""
    depth, left = 0, []
    for character in text:
        depth += (character == "⟦") - (character == "⟧")
        left.append(" " if depth or character == "⟧" else character)
    assert depth == 0, text
    return " ".join(DATA.sub(" ", "".join(left)).split())


def unmarked(html: str) -> list[str]:
    """The words of a page that are not marked for translation."""
    page = Texts(html)
    spoken = ["".join(page.texts), *page.attributes]
    return [left for text in spoken if LETTER.search(left := outside_brackets(text))]


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    """German is a language in brackets."""
    settings.SUPPORT_EMAIL = "help@uni.example"
    monkeypatch.setitem(vars(trans_real)["_translations"], "de", Brackets())
    with override("de"):
        yield


@pytest.fixture
def visitor() -> Client:
    """A browser whose reader reads German."""
    return Client(headers=GERMAN, raise_request_exception=False)


def html_of(answer: Any) -> str:
    return str(answer.content.decode())


def asked(visitor: Client, address: str, status: int = 200) -> str:
    """The page there, of which every word can be translated."""
    answer = visitor.get(address)
    assert answer.status_code == status
    html = html_of(answer)
    assert "⟦" in html
    assert unmarked(html) == []
    return html


@pytest.mark.parametrize("name", SCENES)
def test_every_word_of_a_status_page_can_be_translated(
    brackets: None, visitor: Client, pipeline: Pipeline, name: str
) -> None:
    job = SCENES[name](pipeline)
    asked(visitor, f"/j/{job.status_token}/")


def test_every_word_of_the_other_pages_can_be_translated(
    brackets: None, visitor: Client, pipeline: Pipeline
) -> None:
    asked(visitor, "/")
    asked(visitor, "/nothing/here", 404)
    asked(visitor, "/p/word-count/")
    Pipeline.objects.update(is_open=False)
    asked(visitor, "/p/word-count/", 410)
    asked(visitor, "/")


@pytest.mark.parametrize("name", ["uploaded", "damaged", "delivered"])
def test_every_word_of_a_receipt_can_be_translated(
    brackets: None, visitor: Client, pipeline: Pipeline, name: str
) -> None:
    asked(visitor, f"/j/{SCENES[name](pipeline).status_token}/receipt")


MAIN = ("<main", "</main>")


@pytest.mark.parametrize("address", ["/admin/overview/", "/admin/held/", "/admin/"])
def test_every_word_of_the_pages_about_all_jobs_can_be_translated(
    brackets: None, visitor: Client, pipeline: Pipeline, sam: User, address: str
) -> None:
    all_kinds_of_jobs(pipeline)
    visitor.force_login(sam)
    html = html_of(visitor.get(address))
    is_index = address == "/admin/"
    begin, end = ('<p><a href="/admin/doctor', '<div id="content-main"') if is_index else MAIN
    ours = html[html.index(begin) : html.index(end)].replace("</td>", " </td>")
    assert ours.count("⟦") >= 3
    assert unmarked(ours) == []


def all_kinds_of_jobs(pipeline: Pipeline) -> None:
    """Something of everything that those pages tell of."""
    for scene in (scenes.held, scenes.on_hold, scenes.rejected, scenes.delivered, scenes.parts):
        job = scene(pipeline)
        job.upload.files.update(completed_at=job.created_at)
    failed = scenes.arrived(pipeline, State.RUNNING)
    failed.move_to(
        State.FAILED, reasons.TOO_LONG % {"minutes": 60}, log_tail="Grüße, Olga.csv\n" * 99
    )
    scenes.of_rehearsal(scenes.arrived(pipeline, State.RUNNING))
    LinkAct.objects.create(
        link=ResultLink.objects.latest("pk"), kind=LinkAct.Kind.EXTENDED, actor="kB"
    )
    Job.objects.filter(pk=failed.pk).update(waiting_for=reasons.STILL_SHOWN)
    for what in Removal.What:
        Removal.objects.create(job=failed, what=what, objects_removed=2)
    examples = [{"name": "kB", "why": why.value, "is_left": why is Why.OLDER} for why in Why]
    TidyReport.objects.create(things_left=1, examples=examples, error="https://why.example")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/admin/overview/", ["Was aus den Aufträgen wurde", "Kernstunden", "Entscheidung"]),
        ("/admin/held/", ["Was aufbewahrt wird und warum", "Gesendete Dateien", "Bis wann"]),
    ],
)
def test_the_pages_about_all_jobs_are_told_in_german(
    visitor: Client, pipeline: Pipeline, sam: User, address: str, words: list[str]
) -> None:
    all_kinds_of_jobs(pipeline)
    visitor.force_login(sam)
    html = html_of(visitor.get(address))
    assert [word for word in words if word not in html] == []


def test_every_word_of_a_confirmation_can_be_translated(
    brackets: None, visitor: Client, pipeline: Pipeline
) -> None:
    job = scenes.unconfirmed(pipeline)
    token = links.confirmation_token(job.pk, job.status_sha256)
    asked(visitor, f"/c/{token}/")


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("of", ["uploads", "bytes", "open jobs"])
def test_every_word_of_a_refusal_can_be_translated(brackets: None, scope: Scope, of: str) -> None:
    for until in (None, timezone.now()):
        assert outside_brackets(over_quota(OverQuota(scope, of, 1000, until))) == ""


def test_every_word_of_a_result_and_its_end_can_be_translated(
    brackets: None, visitor: Client, pipeline: Pipeline
) -> None:
    job = scenes.delivered(pipeline)
    link = link_of(job)
    asked(visitor, f"/r/{link.token}/")
    assert unmarked(html_of(visitor.post(f"/j/{job.status_token}/cancel"))) == []
    link.revoked_at = timezone.now()
    link.save()
    asked(visitor, f"/r/{link.token}/", 410)
    ended = new_link(job, expires_at=timezone.now())
    asked(visitor, f"/r/{ended.token}/", 410)
    job.move_to(State.EXPIRED, reasons.RESULT_OVER)
    asked(visitor, f"/j/{job.status_token}/")


def test_every_word_of_an_extension_and_of_the_letter_before_it_can_be_translated(
    brackets: None, visitor: Client, pipeline: Pipeline
) -> None:
    job = scenes.delivered(pipeline)
    job.settings |= {"extension_days": 7}
    job.save()
    hand_over(link_of(job), timezone.now() - timedelta(days=12))
    write_notice(job)
    send_due_letters()
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    assert unmarked(str(message.alternatives[0][0])) == []
    address = f"/r/{link_of(job).token}/"
    asked(visitor, address)
    visitor.post(f"{address}extend")
    asked(visitor, address)


@pytest.mark.parametrize(
    "name",
    [
        "clean", "unconfirmed", "held", "released", "rejected", "refused", "unreadable",
        "damaged", "failed", "cancelled", "delivered",
    ],
)  # fmt: skip
def test_every_word_of_a_letter_can_be_translated(
    brackets: None, pipeline: Pipeline, name: str
) -> None:
    SCENES[name](pipeline)
    send_due_letters()
    message = [one for one in mail.outbox if one.to == ["olga@far.example"]][-1]
    assert isinstance(message, EmailMultiAlternatives)
    assert "⟦" in message.body
    for text in (message.subject, message.body):
        assert not LETTER.search(outside_brackets(str(text)))
    assert unmarked(str(message.alternatives[0][0])) == []


def announce_badly(visitor: Client, *files: dict[str, object]) -> dict[str, Any]:
    body = json.dumps({"email": "olga", "files": files})
    answer = visitor.post("/p/word-count/", body, content_type="application/json")
    assert answer.status_code == 400
    said: dict[str, Any] = answer.json()
    return said


def test_what_is_wrong_with_an_upload_can_be_translated(
    brackets: None, visitor: Client, pipeline: Pipeline
) -> None:
    wrong = [("a.exe", 5), ("b.txt", 0), ("c.txt", 10**9), (" ", 1)]
    answer = announce_badly(visitor, *({"name": name, "size": size} for name, size in wrong))
    said = [*answer["email"], *(one["message"] for one in answer["files"])]
    assert len(said) == 7
    assert [text for text in said if outside_brackets(text)] == []


def test_olga_is_told_in_german_what_is_wrong(visitor: Client, pipeline: Pipeline) -> None:
    answer = announce_badly(visitor, {"name": "c.csv", "size": 1_500_000})
    assert answer["email"] == [
        "Das sieht nicht wie eine E-Mail-Adresse aus. Haben Sie sich vertippt?"
    ]
    assert answer["files"][0]["message"] == (
        "„c.csv“ hat 1,5 MB; diese Seite nimmt Dateien bis 1 MB an."
    )


def test_sizes_are_written_as_the_reader_writes_numbers() -> None:
    sizes = [0, 1, 999, 1_500, 99_960, 2_340_000, 10**13]
    english = ["0 bytes", "1 byte", "999 bytes", "1.5 kB", "100 kB", "2.3 MB", "10 TB"]
    assert [size_text(size) for size in sizes] == english
    with override("de"):
        assert [size_text(size) for size in sizes] == [
            "0 Bytes", "1 Byte", "999 Bytes", "1,5 kB", "100 kB", "2,3 MB", "10 TB",
        ]  # fmt: skip


def job_by(language: str, pipeline: Pipeline) -> Job:
    body = {"email": "olga@far.example", "files": [{"name": "a.txt", "size": 1}]}
    client = Client(headers={"accept-language": language})
    answer = client.post("/p/word-count/", json.dumps(body), content_type="application/json")
    assert answer.status_code == 201
    return Job.objects.latest("created_at")


def test_a_job_keeps_the_language_of_the_page_that_it_came_by(pipeline: Pipeline) -> None:
    assert job_by("de-CH", pipeline).language == "de"
    assert job_by("fr", pipeline).language == "en"
    assert job_by("", pipeline).language == "en"


def test_a_job_gets_only_a_language_that_the_site_offers(pipeline: Pipeline) -> None:
    with override("fr"):
        job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)])
    assert job.language == "en"


def test_letters_are_written_in_the_language_of_the_job(pipeline: Pipeline) -> None:
    with override("de"):
        job = scenes.announced(pipeline)
    job.upload.files.update(completed_at=timezone.now())
    for state in (State.UPLOADED, State.SCANNING):
        job.move_to(state)
    job.move_to(State.REJECTED, "File 1 could not be checked for viruses: it is encrypted.")
    send_due_letters()
    receipt, refusal = mail.outbox
    assert receipt.subject == "Wir haben Ihre Dateien: Word count"
    assert refusal.subject == "Ihre Dateien wurden nicht angenommen: Word count"
    text = "„Grüße, Olga.csv“ konnte nicht auf Viren geprüft werden: sie ist verschlüsselt."
    assert text in str(refusal.body)
    assert isinstance(refusal, EmailMultiAlternatives)
    html = str(refusal.alternatives[0][0])
    assert text in html
    assert '<html lang="de">' in html


def test_the_end_of_a_result_is_written_as_germans_write_dates(pipeline: Pipeline) -> None:
    with override("de"):
        job = scenes.delivered(pipeline)
    assert job.expires_at
    send_due_letters()
    body = str(mail.outbox[-1].body)
    day, year = job.expires_at.day, job.expires_at.year
    assert re.search(rf"bis zum {day}\. \w+ {year}, \d\d:\d\d UTC aufbewahrt", body)


def test_an_alarm_is_written_in_the_language_of_the_site() -> None:
    alarm = Alarm.objects.create(cause="cluster-1", text="The cluster is silent.")
    Letter.of_alarm(alarm, "sam@uni.example")
    with override("de"):
        send_due_letters()
    assert mail.outbox[0].subject == "Freeloader needs you: cluster-1"


def test_a_page_in_another_language_is_not_unmodified(visitor: Client, pipeline: Pipeline) -> None:
    live = f"/j/{scenes.arrived(pipeline, State.HELD).status_token}/live"
    tag = visitor.get(live)["ETag"]
    assert visitor.get(live, headers={"if-none-match": tag}).status_code == 304
    assert Client().get(live, headers={"if-none-match": tag}).status_code == 200

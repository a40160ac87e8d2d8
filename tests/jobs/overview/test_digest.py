"""The weekly letter: one a week for each who wants it, none without news, ended by one click."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from freeloader_site.logs import without_secrets
from jobs import tasks
from jobs.letters.send import send_due_letters
from jobs.models import Digest, DigestWish, Heartbeat, Job, Letter
from jobs.overview import digest
from jobs.overview.wishes import set_wish, stop_token
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.walk import walk_to

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 30, tzinfo=BERLIN)  # the night before, summer time began
WEEK = timedelta(days=7)
Clock: TypeAlias = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Clock:
    """Sets the time; the site is in Berlin."""
    settings.TIME_ZONE = "Europe/Berlin"

    def set_to(at: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: at)

    return set_to


@pytest.fixture
def wish(ada: User) -> DigestWish:
    """Ada has asked for the letter long ago."""
    return DigestWish.objects.create(user=ada, since=MONDAY - 10 * WEEK)


def at(job: Job, moment: datetime) -> Job:
    """It came in then, and ended then if it has."""
    Job.objects.filter(pk=job.pk).update(created_at=moment)
    Job.objects.filter(pk=job.pk, ended_at__isnull=False).update(ended_at=moment)
    return job


@pytest.fixture
def busy_week(pipeline: Pipeline) -> Pipeline:
    """Of the week before MONDAY: one delivered, two failed, one held."""
    within = MONDAY - timedelta(days=2)
    at(scenes.delivered(pipeline), within)
    for _ in range(2):
        at(walk_to(scenes.arrived(pipeline, State.RUNNING), State.FAILED), within)
    at(scenes.held(pipeline), within)
    Letter.objects.all().delete()
    return pipeline


def written(clock: Clock, when: datetime) -> list[Letter]:
    """The weekly letters that there are after a sweep at that time."""
    clock(when)
    digest.write_due()
    return list(Letter.objects.filter(kind="digest"))


def sent() -> EmailMultiAlternatives:
    """The one letter that leaves now."""
    Letter.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    send_due_letters()
    (message,) = outbox.outbox
    assert isinstance(message, EmailMultiAlternatives)
    return message


def test_it_is_written_on_monday_morning_of_the_sites_time_zone_and_only_once(
    clock: Clock, wish: DigestWish, busy_week: Pipeline
) -> None:
    assert written(clock, MONDAY + timedelta(hours=5, minutes=59)) == []
    (letter,) = written(clock, MONDAY + timedelta(hours=6))
    assert letter.recipient == "ada@uni.example"
    row = Digest.objects.get()
    assert (row.begins_at, row.ends_at) == (datetime(2026, 3, 23, tzinfo=BERLIN), MONDAY)
    assert letter.message_id.startswith(f"<digest.{row.pk}@")
    assert written(clock, MONDAY + timedelta(days=3)) == [letter]


def test_a_site_that_was_down_on_monday_writes_it_later_and_no_older_ones(
    clock: Clock, wish: DigestWish, busy_week: Pipeline
) -> None:
    assert len(written(clock, MONDAY + timedelta(days=6, hours=23))) == 1
    assert Digest.objects.get().ends_at == MONDAY


def test_of_two_sweeps_at_once_one_writes_it(
    clock: Clock, wish: DigestWish, busy_week: Pipeline, monkeypatch: pytest.MonkeyPatch, ada: User
) -> None:
    assert len(written(clock, MONDAY + timedelta(hours=7))) == 1
    monkeypatch.setattr(
        digest, "_waiting", lambda ends_at: [ada]
    )  # it looked before the other wrote
    assert len(written(clock, MONDAY + timedelta(hours=7))) == 1
    assert Digest.objects.count() == 1


def test_each_week_has_its_own(clock: Clock, wish: DigestWish, busy_week: Pipeline) -> None:
    written(clock, MONDAY + timedelta(hours=7))
    assert len(written(clock, MONDAY + WEEK + timedelta(hours=7))) == 2  # the held one still waits
    assert [row.figures["total"]["came_in"] for row in Digest.objects.all()] == [0, 4]


def test_a_week_without_news_has_its_row_and_no_letter(
    clock: Clock, wish: DigestWish, pipeline: Pipeline
) -> None:
    at(scenes.delivered(pipeline), MONDAY - 2 * WEEK)
    assert written(clock, MONDAY + timedelta(hours=7)) == []
    assert Digest.objects.get().figures["total"]["came_in"] == 0


def test_an_older_job_that_failed_in_the_week_is_news(
    clock: Clock, wish: DigestWish, pipeline: Pipeline
) -> None:
    job = at(walk_to(scenes.arrived(pipeline, State.RUNNING), State.FAILED), MONDAY - 2 * WEEK)
    Job.objects.filter(pk=job.pk).update(ended_at=MONDAY - timedelta(hours=1))
    assert len(written(clock, MONDAY + timedelta(hours=7))) == 1


@pytest.mark.parametrize(
    "why", ["no wish", "gone", "no staff", "no address", "no pipeline", "too late"]
)
def test_nobody_else_gets_one(
    clock: Clock, wish: DigestWish, busy_week: Pipeline, ada: User, why: str
) -> None:
    if why == "no wish":
        wish.delete()
    if why == "too late":
        DigestWish.objects.update(since=MONDAY + timedelta(hours=6))
    if why == "gone":
        User.objects.filter(pk=ada.pk).update(is_active=False)
    if why == "no staff":
        User.objects.filter(pk=ada.pk).update(is_staff=False)
    if why == "no address":
        User.objects.filter(pk=ada.pk).update(email="")
    if why == "no pipeline":
        busy_week.owners.clear()
    assert written(clock, MONDAY + timedelta(hours=7)) == []
    assert not Digest.objects.exists()


def test_the_sweep_writes_it(clock: Clock, wish: DigestWish, busy_week: Pipeline) -> None:
    clock(MONDAY + timedelta(hours=7))
    Heartbeat.objects.all().delete()
    tasks.sweep()
    assert Letter.objects.filter(kind="digest").count() == 1


def test_many_are_written_some_at_a_time(clock: Clock, busy_week: Pipeline, ada: User) -> None:
    for number in range(digest.AT_ONCE + 1):
        user = User.objects.create_user(f"pi{number}", f"pi{number}@uni.example", is_staff=True)
        busy_week.owners.add(user)
        DigestWish.objects.create(user=user, since=MONDAY - WEEK)
    assert len(written(clock, MONDAY + timedelta(hours=7))) == digest.AT_ONCE
    assert len(written(clock, MONDAY + timedelta(hours=7))) == digest.AT_ONCE + 1


def test_it_tells_what_became_of_the_jobs_and_of_nobodys_address(
    clock: Clock, wish: DigestWish, busy_week: Pipeline
) -> None:
    written(clock, MONDAY + timedelta(hours=7))
    message = sent()
    assert message.subject == "Your pipelines in the last week: 4 jobs came in, 2 failed"
    html = str(message.alternatives[0][0])
    for text in (str(message.body), html):
        assert "From Monday, 23 March 2026 to Sunday, 29 March 2026" in text
        assert "4 jobs came in: 1 delivered, 2 failed, 1 waits for a decision." in text
        assert "One job waits for your decision." in text
        assert "1 result was not fetched yet." in text
        assert "Word count (2 times): Walked to failed." in text
        assert "/admin/overview/?span=7" in text
        assert "olga" not in text
    assert message.to == ["ada@uni.example"]


def test_it_counts_all_that_wait_and_names_what_failed_most_often_first(
    clock: Clock, wish: DigestWish, busy_week: Pipeline
) -> None:
    for _ in range(12):
        scenes.arrived(busy_week, State.HELD)
    last = scenes.arrived(busy_week, State.RUNNING)
    last.move_to(State.FAILED, "It broke.")
    at(last, MONDAY - timedelta(hours=1))
    written(clock, MONDAY + timedelta(hours=7))
    figures = Digest.objects.get().figures
    assert figures["waiting"] == 13
    assert [one["times"] for one in figures["failures"]] == [2, 1]


def test_titles_and_reasons_are_text_and_no_markup(
    clock: Clock, wish: DigestWish, busy_week: Pipeline
) -> None:
    Pipeline.objects.update(title="<script>alert(1)</script> & co")
    Job.objects.filter(state=State.FAILED).update(reason="<img src=x>")
    written(clock, MONDAY + timedelta(hours=7))
    message = sent()
    html = str(message.alternatives[0][0])
    assert "<script" not in html
    assert "<img" not in html
    assert "<script>alert(1)</script> & co" in str(message.body)


def test_its_figures_stay_as_they_were_when_it_was_written(
    clock: Clock, wish: DigestWish, busy_week: Pipeline
) -> None:
    written(clock, MONDAY + timedelta(hours=7))
    for job in Job.objects.filter(state=State.HELD):
        job.move_to(State.REJECTED, "No.", actor="ada")
    Letter.objects.exclude(kind="digest").delete()
    assert "1 waits for a decision" in str(sent().body)


# --- how it is ended ------------------------------------------------------------------------------


def test_a_mail_program_ends_it_with_one_click_by_post_and_never_by_get(
    clock: Clock, wish: DigestWish, busy_week: Pipeline, client: Client, settings: Settings
) -> None:
    written(clock, MONDAY + timedelta(hours=7))
    headers = sent().message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].strip("<>").removeprefix(settings.SITE_URL)
    for ask in (client.get, client.head):
        assert ask(address).status_code == 200
        assert DigestWish.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(address, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, DigestWish.objects.exists()) == (200, False)
    assert "You no longer get a weekly letter" in answer.content.decode()
    assert strict.post(address).status_code == 200


def test_the_address_ends_one_persons_letter_and_is_nobodys_guess(
    client: Client, ada: User, sam: User, pipeline: Pipeline
) -> None:
    for user in (ada, sam):
        set_wish(user, is_wanted=True)
    token = stop_token(ada)
    forged = token.replace(f"{ada.pk}:", f"{sam.pk}:")
    for nobody in (forged, "x", f"{token}x"):
        assert client.post(f"/w/{nobody}/").status_code == 404
    client.post(f"/w/{token}/")
    assert [wish.user for wish in DigestWish.objects.all()] == [sam]


def test_no_log_line_holds_the_address(ada: User) -> None:
    assert without_secrets(f"POST /w/{stop_token(ada)}/ 404") == "POST /w/…/ 404"

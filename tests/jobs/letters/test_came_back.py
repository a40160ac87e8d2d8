"""A letter that came back is seen: on the job, in the list, by an alarm, on the status page."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from jobs import alarms
from jobs.letters.came_back import came_back, came_back_of
from jobs.models import Alarm, Job, Letter, MailEvent
from jobs.results.acts import revoke
from jobs.states import State
from jobs.steps.receive import announce
from jobs.steps.resend import resend
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.letters.mail_services import NO_SUCH_USER, Told, set_up, tell
from tests.jobs.pages import read, status_text
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
ANSWER = "550 5.1.1 unknown <olga@far.example>"


def bounce(job: Job, **changes: Any) -> Letter:
    """The job's last letter comes back."""
    letter = Letter.objects.filter(transition__job=job).latest("created_at")
    changes = {"sent_at": timezone.now(), "bounced_at": timezone.now(), "error": ANSWER} | changes
    Letter.objects.filter(pk=letter.pk).update(**changes)
    letter.refresh_from_db()
    return letter


def page_of(client: Client, job: Job) -> str:
    return client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()


@pytest.fixture
def desk(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


@pytest.fixture
def pi(ada: User) -> Client:
    """Ada, with what PIs may."""
    for name in ("view_job", "change_job"):
        ada.user_permissions.add(Permission.objects.get(codename=name))
    client = Client()
    client.force_login(ada)
    return client


# --- on the job -------------------------------------------------------------------------------


def test_a_bounced_letter_shows_on_the_job_within_one_webhook(
    uploaded_job: Job, desk: Client, settings: Any
) -> None:
    set_up(settings, "postmark")
    Letter.objects.update(sent_at=timezone.now(), service_id="2706ee8a")
    assert NO_SUCH_USER not in page_of(desk, uploaded_job)
    assert tell(Client(), "postmark", Told("2706ee8a")) == 200
    page = page_of(desk, uploaded_job)
    assert "A letter came back: the collaborator does not get what is sent" in page
    assert NO_SUCH_USER in page
    assert page.index("A letter came back") < page.index("Timeline")


def test_each_letter_says_what_became_of_it(pipeline: Pipeline, desk: Client) -> None:
    job = scenes.held(pipeline)
    kinds = {letter.kind: letter for letter in Letter.objects.all()}

    def told(kind: str, **changes: Any) -> str:
        Letter.objects.filter(pk=kinds[kind].pk).update(**changes)
        return page_of(desk, job)

    now = timezone.now()
    assert "waits; it is to be sent" in told("received")
    assert "because: ConnectionRefusedError" in told("received", error="ConnectionRefusedError")
    assert "taken by the mail server" in told("received", sent_at=now, error="")
    delayed = {"event_id": "0", "kind": "deferred", "detail": "451 greylisted"}
    MailEvent.objects.create(letter=kinds["received"], **delayed)
    assert "puts it off" in told("received")
    assert "451 greylisted" in told("received")
    MailEvent.objects.create(letter=kinds["received"], event_id="1", kind="delivered")
    assert "; arrived, " in told("received")
    assert "refused, " in told("held", refused_at=now, error=ANSWER)
    assert "(staff)" in page_of(desk, job)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("bounced", "came back, "),
        ("rejected", "was not sent on by the mail service"),
        ("failed", "could not be sent by the mail service"),
        ("complained", "was reported as spam by whoever got it"),
    ],
)
def test_how_it_was_lost_is_told(uploaded_job: Job, desk: Client, kind: str, words: str) -> None:
    letter = bounce(uploaded_job)
    MailEvent.objects.create(letter=letter, event_id="1", kind=kind)
    assert words in page_of(desk, uploaded_job)


def test_what_a_foreign_server_answered_is_shown_as_text(uploaded_job: Job, desk: Client) -> None:
    bounce(uploaded_job, error="<script>alert(1)</script>")
    assert "<script>alert(1)" not in page_of(desk, uploaded_job)


# --- sent again -------------------------------------------------------------------------------


def test_her_pi_sends_it_again_to_the_right_address(pipeline: Pipeline, pi: Client) -> None:
    job = scenes.delivered(pipeline)
    bounce(job)
    url = f"/admin/jobs/job/{job.pk}/resend/"
    assert url in page_of(pi, job)
    page = pi.post(url, {"email": "olga@near.example"}, follow=True).content.decode()
    assert "A letter goes to olga@near.example." in page
    assert "A letter came back" not in page
    assert "instead of olga@far.example" in page
    assert "by ada" in page
    job.refresh_from_db()
    assert job.email == "olga@near.example"


def test_jobs_on_the_same_files_are_named_before_and_corrected_too(
    pipeline: Pipeline, pi: Client
) -> None:
    repetition = scenes.repetition(pipeline)
    first = repetition.again_of
    assert first is not None
    bounce(first)
    bounce(repetition)
    assert "on the same files, too:" in page_of(pi, first)
    url = f"/admin/jobs/job/{first.pk}/resend/"
    page = pi.post(url, {"email": "olga@near.example"}, follow=True).content.decode()
    assert f"The same was done for what runs on the same files: {repetition}." in page
    assert "instead of olga@far.example" in page_of(pi, repetition)
    assert not came_back().exists()


def test_what_was_withdrawn_is_sent_to_nobody_unless_that_is_said(
    pipeline: Pipeline, pi: Client
) -> None:
    job = scenes.delivered(pipeline)
    assert "with_new_link" not in page_of(pi, job)
    revoke(scenes.link_of(job), actor="ada", why="Wrong data.")
    Letter.objects.filter(kind="delivered").delete()
    url = f"/admin/jobs/job/{job.pk}/resend/"
    assert "with_new_link" in page_of(pi, job)
    page = pi.post(url, {"email": job.email}, follow=True).content.decode()
    assert "Nothing was sent: the link to the result was ended." in page
    page = pi.post(url, {"email": "olga@near.example"}, follow=True).content.decode()
    assert "Later letters go to olga@near.example. None goes now" in page
    assert not Letter.objects.filter(kind="delivered").exists()
    said = {"email": "olga@near.example", "with_new_link": "on"}
    assert "A letter goes to olga@near.example." in pi.post(url, said, follow=True).content.decode()
    assert Letter.objects.get(kind="delivered").recipient == "olga@near.example"


def test_of_other_jobs_it_is_said_what_stays_withdrawn(pipeline: Pipeline, pi: Client) -> None:
    repetition = scenes.repetition(pipeline)
    first = repetition.again_of
    assert first is not None
    revoke(scenes.link_of(first), actor="ada", why="Wrong data.")
    url = f"/admin/jobs/job/{repetition.pk}/resend/"
    page = pi.post(url, {"email": "olga@near.example"}, follow=True).content.decode()
    assert f"The link to the result of {first} was ended and stays so" in page
    assert not first.links.filter(revoked_at=None).exists()


def test_a_job_alone_on_its_files_names_no_other(pipeline: Pipeline, pi: Client) -> None:
    assert "on the same files" not in page_of(pi, scenes.delivered(pipeline))


def test_what_is_no_address_changes_nothing(pipeline: Pipeline, desk: Client) -> None:
    job = scenes.delivered(pipeline)
    url = f"/admin/jobs/job/{job.pk}/resend/"
    for wrong in (
        "",
        "olga",
        "olga@near.example, eve@far.example",
        "a@b.example\nBcc: c@d.example",
    ):
        page = desk.post(url, {"email": wrong}, follow=True).content.decode()
        assert "A letter goes to" not in page
    assert job.status_sha256 == Job.objects.get().status_sha256


def test_eve_finds_no_such_door(pipeline: Pipeline, client: Client) -> None:
    job = scenes.delivered(pipeline)
    eve = User.objects.create_user("eve", is_staff=True)
    for name in ("view_job", "change_job"):
        eve.user_permissions.add(Permission.objects.get(codename=name))
    client.force_login(eve)
    url = f"/admin/jobs/job/{job.pk}/resend/"
    assert client.post(url, {"email": "eve@far.example"}).status_code == 404
    assert Job.objects.get().email == "olga@far.example"


def test_who_may_only_look_cannot_send(pipeline: Pipeline, ada: User, client: Client) -> None:
    job = scenes.delivered(pipeline)
    ada.user_permissions.add(Permission.objects.get(codename="view_job"))
    client.force_login(ada)
    assert "Send the letter again" not in page_of(client, job)
    url = f"/admin/jobs/job/{job.pk}/resend/"
    assert client.post(url, {"email": "a@far.example"}).status_code == 403
    assert client.get(url).status_code == 405


def test_where_nothing_can_be_sent_no_button_is_there(job: Job, desk: Client) -> None:
    assert "Send the letter again" not in page_of(desk, job)
    url = f"/admin/jobs/job/{job.pk}/resend/"
    page = desk.post(url, {"email": "a@far.example"}, follow=True).content.decode()
    assert "no letter tells of that" in page


# --- until somebody has seen to it ------------------------------------------------------------


def test_it_counts_until_it_is_sent_again(uploaded_job: Job) -> None:
    letter = bounce(uploaded_job)
    assert came_back_of(uploaded_job) == letter
    resend(uploaded_job, uploaded_job.email, actor="ada")
    assert came_back_of(uploaded_job) is None
    again = bounce(uploaded_job)
    assert came_back_of(uploaded_job) == again


def test_it_counts_until_a_later_letter_has_come_to_that_address(uploaded_job: Job) -> None:
    bounce(uploaded_job)
    uploaded_job.move_to(State.CANCELLED)
    later = Letter.objects.get(kind=Letter.Kind.CANCELLED)
    assert came_back_of(uploaded_job) is not None
    MailEvent.objects.create(letter=later, event_id="1", kind="delivered")
    assert came_back_of(uploaded_job) is None


def test_letters_to_staff_and_of_expired_jobs_do_not_count(pipeline: Pipeline) -> None:
    held = scenes.held(pipeline)
    Letter.objects.filter(kind=Letter.Kind.REVIEW).update(refused_at=timezone.now())
    assert came_back_of(held) is None
    over = scenes.delivered(pipeline)
    bounce(over)
    over.move_to(State.EXPIRED)
    assert not came_back().exists()


def test_the_list_shows_jobs_with_a_letter_that_came_back(
    pipeline: Pipeline, uploaded_job: Job, desk: Client
) -> None:
    other = scenes.delivered(pipeline)
    bounce(uploaded_job)
    for _ in range(2):
        page = desk.get("/admin/jobs/job/?letters=back").content.decode()
        assert f"/admin/jobs/job/{uploaded_job.pk}/change/" in page
        assert f"/admin/jobs/job/{other.pk}/change/" not in page
        assert "a letter came back" in page


# --- those who must hear of it ----------------------------------------------------------------


def test_staff_hear_of_each_job_whose_letter_came_back(
    pipeline: Pipeline, uploaded_job: Job, settings: Any
) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"
    bounce(uploaded_job)
    alarms.look()
    alarms.look()
    alarm = Alarm.objects.get()
    for word in (ANSWER, "olga@far.example", uploaded_job.short_id, "word-count"):
        assert word in alarm.text
    assert Letter.objects.filter(recipient="help@uni.example").count() == 1
    bounce(scenes.delivered(pipeline))
    alarms.look()
    assert Letter.objects.filter(recipient="help@uni.example").count() == 2


def test_the_alarm_ends_when_somebody_has_seen_to_it(uploaded_job: Job) -> None:
    bounce(uploaded_job)
    alarms.look()
    resend(uploaded_job, "olga@near.example", actor="ada")
    alarms.look()
    assert Alarm.objects.get().ended_at is not None


def test_an_old_return_alarms_nobody_for_ever(uploaded_job: Job) -> None:
    bounce(uploaded_job, created_at=timezone.now() - timedelta(days=15))
    alarms.look()
    assert not Alarm.objects.filter(cause__contains="came back").exists()


def test_where_many_come_back_there_is_one_alarm(pipeline: Pipeline) -> None:
    for _ in range(11):
        job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)])
        bounce(walk_to(job, State.UPLOADED))
    alarms.look()
    assert "The letters of 11 jobs came back" in Alarm.objects.get().text


def test_a_letter_to_staff_that_is_refused_is_an_alarm_of_its_own(pipeline: Pipeline) -> None:
    scenes.held(pipeline)
    refused = {"refused_at": timezone.now(), "error": "550 relaying denied"}
    Letter.objects.filter(kind=Letter.Kind.REVIEW).update(**refused)
    alarms.look()
    assert "relaying denied" in Alarm.objects.get(cause="refused letters").text


def test_the_status_page_says_so_and_nothing_of_mail_servers(
    uploaded_job: Job, client: Client, settings: Any
) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"
    address = f"/j/{uploaded_job.status_token}/live"
    before = client.get(address)
    assert "came back" not in before.content.decode()
    bounce(uploaded_job)
    answer = client.get(address, headers={"If-None-Match": before["ETag"]})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "A letter to olga@far.example came back." in text
    assert f"write to help@uni.example and name the job {uploaded_job.short_id}" in text
    assert NO_SUCH_USER not in text
    assert ANSWER not in unescape(text)


def test_the_page_after_sending_shows_its_address_to_be_kept(
    pipeline: Pipeline, client: Client, settings: Any
) -> None:
    settings.SITE_URL = "https://freeloader.uni.example"
    job = scenes.arrived(pipeline, State.UPLOADED)
    address = f"https://freeloader.uni.example/j/{job.status_token}/"
    page = read(client.get(f"/j/{job.status_token}/"))
    assert "Keep the address of this page" in page.text
    assert address in page.text
    (button,) = [one for one in page.all("button") if one.get("data-copies")]
    assert button["data-copies"] == "address"
    walk_to(job, State.RUNNING)
    assert address in status_text(client, job)
    job.move_to(State.CANCELLED)
    assert address not in status_text(client, job)


def test_while_files_are_missing_the_page_asks_for_them_alone(
    pipeline: Pipeline, client: Client
) -> None:
    assert "Keep the address" not in status_text(client, scenes.announced(pipeline))

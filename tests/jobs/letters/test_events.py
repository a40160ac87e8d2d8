"""What mail services tell of letters, through anymail's own doors."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from anymail.backends.test import EmailBackend as AnymailTestBackend
from anymail.message import AnymailRecipientStatus
from django.core import mail as outbox
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.utils import timezone

from freeloader_site.logs import SafeFormatter
from freeloader_site.mail_setting import mail_settings
from jobs.letters.send import send_due_letters
from jobs.models import Job, Letter, MailEvent
from jobs.tasks import sweep
from tests.jobs.letters.mail_services import NO_SUCH_USER, SECRET, SERVICES, Told, set_up, tell

pytestmark = pytest.mark.django_db
IDS = {
    "postmark": "2706ee8a-737c-4285-b032-ccd317af53ed",
    "mailgun": "<20261126214658.1.0DF563D0B3597700@uni.example>",
    "amazon_ses": "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000",
    "brevo": "<202611261158.9876543210@smtp-relay.mailin.fr>",
}


@pytest.fixture
def sent(uploaded_job: Job) -> Letter:
    """Olga's receipt, that the mail service took."""
    Letter.objects.update(sent_at=timezone.now())
    return Letter.objects.get()


def now_of(letter: Letter) -> Letter:
    letter.refresh_from_db()
    return letter


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, settings: Any) -> str:
    name = str(request.param)
    set_up(settings, name)
    return name


# --- what is found ----------------------------------------------------------------------------


def test_a_bounce_is_on_its_letter_by_what_the_service_calls_it(
    sent: Letter, service: str, client: Client
) -> None:
    Letter.objects.update(service_id=IDS[service])
    assert tell(client, service, Told(IDS[service])) == 200
    assert now_of(sent).bounced_at is not None
    assert NO_SUCH_USER in sent.error
    (event,) = sent.events.all()
    assert (event.kind, event.recipient) == ("bounced", "olga@far.example")


def test_a_bounce_is_found_by_the_name_that_we_sent_along(
    sent: Letter, service: str, client: Client
) -> None:
    assert tell(client, service, Told("unknown", letter=sent.name)) == 200
    assert now_of(sent).bounced_at is not None


def test_a_bounce_is_found_by_its_message_id(sent: Letter, client: Client, settings: Any) -> None:
    set_up(settings, "mailgun")
    assert tell(client, "mailgun", Told(sent.message_id)) == 200
    assert now_of(sent).bounced_at is not None


def test_the_same_event_told_twice_is_one(sent: Letter, service: str, client: Client) -> None:
    Letter.objects.update(service_id=IDS[service])
    for _ in range(2):
        assert tell(client, service, Told(IDS[service])) == 200
    assert MailEvent.objects.count() == 1
    assert tell(client, service, Told(IDS[service], number=2)) == 200
    assert MailEvent.objects.count() == 2


def test_delivered_after_bounced_does_not_unset_it(
    sent: Letter, service: str, client: Client
) -> None:
    Letter.objects.update(service_id=IDS[service])
    tell(client, service, Told(IDS[service]))
    tell(client, service, Told(IDS[service], kind="delivered", number=2))
    assert now_of(sent).bounced_at is not None
    assert NO_SUCH_USER in sent.error
    assert {event.kind for event in sent.events.all()} == {"bounced", "delivered"}


def test_a_delivered_letter_has_not_come_back(sent: Letter, service: str, client: Client) -> None:
    Letter.objects.update(service_id=IDS[service])
    assert tell(client, service, Told(IDS[service], kind="delivered")) == 200
    assert now_of(sent).bounced_at is None
    assert sent.error == ""


def test_where_a_service_counts_anew_the_newest_letter_came_back(
    sent: Letter, service: str, client: Client
) -> None:
    old = Letter.objects.get()
    newer = Letter.once_more(old.transition, Letter.Kind.RECEIVED)  # type: ignore[arg-type]
    Letter.objects.update(service_id=IDS[service], sent_at=timezone.now())
    tell(client, service, Told(IDS[service]))
    assert now_of(newer).bounced_at is not None
    assert now_of(old).bounced_at is None


def test_what_cannot_be_noted_is_no_event_that_was_told_before(
    sent: Letter, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(settings, "postmark")
    # Some other rule than that each event is one row.
    monkeypatch.setattr("jobs.letters.events._detail", lambda _event: None)
    with pytest.raises(IntegrityError):  # the service hears of it, and tells the event again
        tell(client, "postmark", Told("unknown", letter=sent.name))
    assert not MailEvent.objects.exists()


def test_an_event_of_nobodys_letter_is_kept_and_breaks_nothing(
    sent: Letter, service: str, client: Client
) -> None:
    assert tell(client, service, Told("nobody's", letter="nobody's")) == 200
    assert MailEvent.objects.get().letter is None
    assert now_of(sent).bounced_at is None


@pytest.mark.parametrize("kind", ["rejected", "failed", "complained"])
def test_whatever_means_that_it_is_not_read_is_noted(
    sent: Letter, client: Client, settings: Any, kind: str
) -> None:
    set_up(settings, "postmark")
    assert tell(client, "postmark", Told("unknown", letter=sent.name, kind=kind)) == 200
    assert now_of(sent).bounced_at is not None
    assert sent.error
    assert sent.events.get().kind == kind


def test_a_delay_is_no_return(sent: Letter, client: Client, settings: Any) -> None:
    set_up(settings, "postmark")
    tell(client, "postmark", Told("unknown", letter=sent.name, kind="deferred"))
    assert sent.events.get().kind == "deferred"
    assert now_of(sent).bounced_at is None


def test_the_first_return_of_a_letter_counts(sent: Letter, client: Client, settings: Any) -> None:
    set_up(settings, "postmark")
    tell(client, "postmark", Told("unknown", letter=sent.name))
    first = now_of(sent).bounced_at
    tell(client, "postmark", Told("unknown", letter=sent.name, kind="complained", number=2))
    assert now_of(sent).bounced_at == first
    assert NO_SUCH_USER in sent.error


def test_who_opens_a_letter_is_not_noted(sent: Letter, client: Client, settings: Any) -> None:
    set_up(settings, "postmark")
    assert tell(client, "postmark", Told("unknown", letter=sent.name, kind="opened")) == 200
    assert not MailEvent.objects.exists()


# --- the door ---------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [None, "freeloader:wrong", "", SECRET + "x"])
def test_without_the_secret_nothing_is_written(
    sent: Letter, service: str, client: Client, secret: str | None, caplog: Any
) -> None:
    answer = tell(client, service, Told("unknown", letter=sent.name), secret=secret)
    assert answer in (400, 401, 403)
    assert not MailEvent.objects.exists()
    assert now_of(sent).bounced_at is None
    lines = "\n".join(SafeFormatter().format(record) for record in caplog.records)
    assert SECRET not in lines
    assert not secret or secret not in lines


def test_a_right_secret_stands_in_no_log(
    sent: Letter, service: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        tell(client, service, Told("unknown", letter=sent.name))
    assert "correct-horse" not in caplog.text
    assert "ZnJlZWxvYWRlcj" not in caplog.text


def test_where_no_secret_is_set_there_is_no_door(client: Client, settings: Any) -> None:
    set_up(settings, "postmark", secret="")
    assert tell(client, "postmark", Told("unknown")) == 404


def test_only_the_door_of_the_own_service_is_there(client: Client, settings: Any) -> None:
    set_up(settings, "postmark")
    assert tell(client, "mailgun", Told("unknown")) == 404
    assert client.post("/anymail/postmark/inbound/").status_code == 404


# --- a letter on its way ----------------------------------------------------------------------


class Refusing(AnymailTestBackend):  # type: ignore[misc]
    """A service that does not take the address."""

    def parse_recipient_status(self, response: Any, payload: Any, message: Any) -> Any:
        return {to: AnymailRecipientStatus("1", "rejected") for to in message.to}


@pytest.fixture
def due(uploaded_job: Job, settings: Any) -> Letter:
    """Olga's receipt, whose time has come; it leaves by anymail's own test service."""
    settings.EMAIL_BACKEND = mail_settings("anymail+test:").backend
    settings.MAIL_TAKES_METADATA = True
    Letter.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    return Letter.objects.get()


def test_what_the_service_calls_a_letter_is_noted_with_its_sending(due: Letter) -> None:
    send_due_letters()
    message: Any = outbox.outbox[0]
    assert now_of(due).service_id == str(message.anymail_status.message_id)
    assert message.metadata == {"letter": due.name}
    assert due.message_id.startswith(f"<{due.name}@")
    assert len(due.name) <= 80


def test_that_it_came_back_may_be_known_before_that_it_left(due: Letter) -> None:
    Letter.objects.update(bounced_at=timezone.now(), error="550 no")
    send_due_letters()
    assert now_of(due).sent_at is not None
    assert due.error == "550 no"


def test_an_address_that_the_service_refuses_at_once_is_refused(due: Letter, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    send_due_letters()
    assert now_of(due).refused_at is not None
    assert "rejected or invalid" in due.error


# --- events that come before we know what the service calls the letter ------------------------

EARLY = {"mailersend": "62fb66bef54a112e920b5493", "postal": "4711"}


class Naming(AnymailTestBackend):  # type: ignore[misc]
    """A service that calls its letters as the test says."""

    calls_it = ""

    def parse_recipient_status(self, response: Any, payload: Any, message: Any) -> Any:
        return {to: AnymailRecipientStatus(self.calls_it, "queued") for to in message.to}


@pytest.fixture(params=EARLY)
def nameless(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch, due: Letter
) -> str:
    """A service that sends no name of ours along, and has not yet told what it calls a letter."""
    name = str(request.param)
    set_up(settings, name)
    settings.EMAIL_BACKEND = f"{__name__}.Naming"
    monkeypatch.setattr(Naming, "calls_it", EARLY[name])
    return name


def test_an_early_bounce_is_on_its_letter_once_that_has_left(
    due: Letter, nameless: str, client: Client
) -> None:
    assert tell(client, nameless, Told(EARLY[nameless])) == 200
    assert MailEvent.objects.get().letter is None
    send_due_letters()
    assert now_of(due).bounced_at is not None
    assert NO_SUCH_USER in due.error
    (event,) = due.events.all()
    assert event.service_id == ""


def test_an_early_delivery_is_no_return(due: Letter, nameless: str, client: Client) -> None:
    tell(client, nameless, Told(EARLY[nameless], kind="delivered"))
    send_due_letters()
    assert now_of(due).bounced_at is None
    assert due.events.get().kind == "delivered"


def test_an_event_told_in_the_moment_in_which_the_sender_notes_the_name_is_found(
    due: Letter, nameless: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_soon(event: Any) -> None:
        Letter.objects.update(service_id=EARLY[nameless], sent_at=timezone.now())

    monkeypatch.setattr("jobs.letters.events.letter_of", too_soon)
    tell(client, nameless, Told(EARLY[nameless]))
    assert now_of(due).bounced_at is not None
    assert due.events.get().kind in ("bounced", "failed")


def test_what_was_told_of_another_letter_before_this_one_was_written_stays_alone(
    due: Letter, nameless: str, client: Client
) -> None:
    tell(client, nameless, Told(EARLY[nameless]))
    MailEvent.objects.update(at=due.created_at - timedelta(days=1))
    send_due_letters()
    assert now_of(due).bounced_at is None
    assert MailEvent.objects.get().letter is None


def test_what_could_not_be_attached_at_the_time_is_attached_by_a_sweep(
    due: Letter, nameless: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_service_id: str) -> None:
        raise OperationalError("the database has gone away")

    tell(client, nameless, Told(EARLY[nameless]))
    monkeypatch.setattr("jobs.letters.send.attach", away)
    with pytest.raises(OperationalError):
        send_due_letters()
    assert now_of(due).sent_at is not None
    assert due.bounced_at is None
    sweep()
    assert now_of(due).bounced_at is not None
    assert due.events.get().service_id == ""


def test_a_sweep_attaches_nothing_of_other_letters(
    due: Letter, nameless: str, client: Client
) -> None:
    tell(client, nameless, Told("815"))
    send_due_letters()
    sweep()
    assert MailEvent.objects.get().letter is None


def test_an_early_event_of_another_letter_stays_alone(
    due: Letter, nameless: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Naming, "calls_it", "815")
    tell(client, nameless, Told(EARLY[nameless]))
    send_due_letters()
    assert now_of(due).service_id == "815"
    assert not due.events.exists()

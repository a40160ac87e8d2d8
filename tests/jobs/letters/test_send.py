"""Letters: one for each move that calls for one, never lost, sent once as far as mail allows."""

import smtplib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jobs.letters.send import letters_are_due, send_due_letters
from jobs.models import Job, Letter
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db


class BadServer(BaseEmailBackend):
    """A mail server that answers as the test says."""

    answer: Exception

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise self.answer


@pytest.fixture
def bad_server(settings: Any) -> type[BadServer]:
    BadServer.answer = ConnectionRefusedError("refused")
    settings.EMAIL_BACKEND = f"{__name__}.BadServer"
    return BadServer


def again(letter: Letter) -> None:
    """Time goes on until the letter is due again."""
    Letter.objects.filter(pk=letter.pk).update(due_at=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def receipt(uploaded_job: Job) -> Letter:
    """The letter of olga's receipt, whose time has come."""
    again(Letter.objects.get())
    return Letter.objects.get()


def test_each_telling_move_has_its_letter_at_once(job: Job) -> None:
    walk_to(job, State.DELIVERED)
    assert [letter.kind for letter in Letter.objects.all()] == ["received", "delivered"]


def test_a_move_that_is_lost_leaves_no_letter(job: Job) -> None:
    other = Job.objects.get(pk=job.pk)
    other.move_to(State.EXPIRED)
    with pytest.raises(Exception, match="no longer"):
        job.move_to(State.FAILED)
    assert not Letter.objects.exists()


def test_a_letter_goes_out_once_with_its_fixed_message_id(receipt: Letter) -> None:
    send_due_letters()
    send_due_letters()
    (message,) = outbox.outbox
    assert message.message()["Message-ID"] == receipt.message_id
    assert message.to == ["olga@far.example"]
    receipt.refresh_from_db()
    assert receipt.sent_at is not None


def test_a_mail_server_that_is_down_delays_and_loses_nothing(
    receipt: Letter, bad_server: type[BadServer], settings: Any
) -> None:
    send_due_letters()
    letter = Letter.objects.get()
    assert letter.sent_at is None
    assert letter.due_at > timezone.now()
    assert "refused" in letter.error
    again(letter)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_due_letters()
    assert len(outbox.outbox) == 1


@pytest.mark.parametrize(("code", "final"), [(550, True), (451, False)])
def test_a_refused_address_is_final_when_the_server_says_so(
    receipt: Letter, bad_server: type[BadServer], code: int, final: bool
) -> None:
    bad_server.answer = smtplib.SMTPRecipientsRefused({"olga@far.example": (code, b"no")})
    send_due_letters()
    letter = Letter.objects.get()
    assert (letter.refused_at is not None) == final
    assert letter.error == f"{code} no"


def test_a_worker_that_died_while_sending_is_followed_by_another(receipt: Letter) -> None:
    Letter.objects.update(lease_until=timezone.now() + timedelta(minutes=1), tries=1)
    send_due_letters()
    assert outbox.outbox == []
    Letter.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    send_due_letters()
    assert len(outbox.outbox) == 1


def test_asking_whether_letters_are_due_is_one_query(
    receipt: Letter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert letters_are_due()


def test_a_server_that_is_away_is_asked_once_for_all_letters(
    pipeline: Pipeline, bad_server: type[BadServer]
) -> None:
    for _ in range(5):
        job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)])
        job.move_to(State.CANCELLED)
    send_due_letters()
    assert sum(letter.tries for letter in Letter.objects.all()) == 1
    assert not letters_are_due()


# --- the receipt waits for its checksums -------------------------------------------------------


def test_the_receipt_waits_for_the_check_a_quarter_of_an_hour_at_most(uploaded_job: Job) -> None:
    uploaded_job.move_to(State.SCANNING)
    send_due_letters()
    assert outbox.outbox == []
    letter = Letter.objects.get()
    assert letter.due_at <= uploaded_job.created_at + timedelta(minutes=16)
    again(letter)
    send_due_letters()
    assert len(outbox.outbox) == 1


@pytest.mark.parametrize(
    ("end", "kinds"),
    [
        (State.CLEAN, ["received"]),
        (State.HELD, ["received", "held", "review"]),
        (State.REJECTED, ["received", "rejected"]),
        (State.FAILED, ["received", "failed"]),
        (State.CANCELLED, ["received", "cancelled"]),
    ],
)
def test_the_end_of_the_check_sends_the_receipt_once_and_first(
    uploaded_job: Job, end: State, kinds: list[str]
) -> None:
    uploaded_job.move_to(State.SCANNING)
    uploaded_job.move_to(end)
    send_due_letters()
    send_due_letters()
    sent = Letter.objects.exclude(sent_at=None).order_by("sent_at")
    assert [letter.kind for letter in sent] == kinds
    assert len(outbox.outbox) == len(kinds)


def test_a_job_cancelled_before_its_check_has_its_receipt(uploaded_job: Job) -> None:
    uploaded_job.move_to(State.CANCELLED)
    send_due_letters()
    assert len(outbox.outbox) == 2


def test_a_receipt_that_went_before_the_end_of_the_check_does_not_go_again(
    receipt: Letter, uploaded_job: Job
) -> None:
    send_due_letters()
    walk_to(uploaded_job, State.CLEAN)
    send_due_letters()
    assert len(outbox.outbox) == 1


def test_a_receipt_that_the_mail_server_put_off_keeps_to_its_time(
    receipt: Letter, uploaded_job: Job, bad_server: type[BadServer]
) -> None:
    send_due_letters()
    walk_to(uploaded_job, State.CLEAN)
    receipt.refresh_from_db()
    assert receipt.tries == 1
    assert receipt.due_at > timezone.now()


def test_a_receipt_at_which_a_sender_is_busy_is_not_sent_by_another(
    receipt: Letter, uploaded_job: Job
) -> None:
    Letter.objects.update(lease_until=timezone.now() + timedelta(minutes=1), tries=1)
    walk_to(uploaded_job, State.CLEAN)
    send_due_letters()
    assert outbox.outbox == []


def test_a_move_that_is_lost_sends_no_receipt(uploaded_job: Job) -> None:
    other = Job.objects.get(pk=uploaded_job.pk)
    Job.objects.filter(pk=other.pk).update(changed_at=timezone.now())
    with pytest.raises(Exception, match="no longer"):
        other.move_to(State.CANCELLED)
    assert not letters_are_due()

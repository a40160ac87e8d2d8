"""Where a pipeline asks for it, nothing is done with files until a letter's link was followed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from backends.memory import MemoryStore
from backends.memory.scanner import MemoryScanner
from jobs import alarms, links, tasks
from jobs.letters.send import send_due_letters
from jobs.models import Alarm, Job, Letter
from jobs.states import State
from jobs.steps.decide import decide
from jobs.steps.receive import announce, confirm, receive
from jobs.steps.resend import resend
from pipelines.models import Pipeline
from tests.walk import send_all
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(pipeline: Pipeline, store: MemoryStore) -> Job:
    """Olga's job: all has arrived, on a page that asks for a confirmation."""
    pipeline.confirm_email = True
    pipeline.save()
    job = announce(pipeline, "olga@far.example", [DeclaredFile("letters.txt", 11)])
    send_all(job, store, [b"hello world"])
    receive(job)
    return job


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def link_in_letter() -> str:
    """The path of the link in the last letter."""
    send_due_letters()
    found = re.search(r"http://127\.0\.0\.1:8000(/c/\S+/)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def pass_days(job: Job, days: float) -> None:
    """As if it had been handed over so many days before."""
    long_ago = timezone.now() - timedelta(days=days)
    due_at = long_ago + timedelta(days=7)
    Job.objects.filter(pk=job.pk).update(changed_at=long_ago, due_at=due_at)


def test_the_letter_asks_and_nothing_is_done_meanwhile(
    waiting: Job, scanners: dict[str, MemoryScanner]
) -> None:
    assert waiting.state == State.UPLOADED
    assert "jobs.tasks.scan" not in [row.func() for row in OrmQ.objects.all()]
    send_due_letters()
    assert [letter.kind for letter in Letter.objects.all()] == ["confirm"]
    assert mail.outbox[0].subject == "Please confirm your e-mail address: Word count"
    assert "letters.txt" in str(mail.outbox[0].body)
    assert Job.objects.claim(waiting.pk, "scan") is None
    assert "has to be confirmed" in fresh(waiting).reason


def test_a_scan_that_comes_too_early_opens_no_file(
    waiting: Job, scanners: dict[str, MemoryScanner]
) -> None:
    Job.objects.update(due_at=timezone.now())
    tasks.scan(str(waiting.pk))
    job = fresh(waiting)
    assert (job.state, job.tries, job.lease_until) == (State.UPLOADED, 0, None)
    assert job.due_at == job.confirm_until
    assert not job.scans.exists()


def test_to_open_the_link_confirms_nothing(client: Client, waiting: Job) -> None:
    link = link_in_letter()
    for _ in range(2):
        page = client.get(link)
        assert page.status_code == client.head(link).status_code == 200
        assert "Did you send these files?" in page.content.decode()
    assert fresh(waiting).confirmed_at is None


def test_the_button_confirms_and_the_job_goes_on(
    client: Client, waiting: Job, scanners: dict[str, MemoryScanner]
) -> None:
    link = link_in_letter()
    answer = client.post(link)
    assert answer.headers["Location"] == f"/j/{waiting.status_token}/"
    job = fresh(waiting)
    assert (job.state, job.confirmed_at is None) == (State.UPLOADED, False)
    assert "jobs.tasks.scan" in [row.func() for row in OrmQ.objects.all()]
    tasks.scan(str(job.pk))
    assert fresh(job).state == State.CLEAN
    send_due_letters()
    assert mail.outbox[-1].subject == "We have your files: Word count"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "You confirmed your e-mail address" in page


def test_to_confirm_twice_does_no_harm(client: Client, waiting: Job) -> None:
    link = link_in_letter()
    client.post(link)
    confirmed_at = fresh(waiting).confirmed_at
    assert client.post(link).status_code == client.get(link).status_code == 302
    assert fresh(waiting).confirmed_at == confirmed_at
    assert [letter.kind for letter in Letter.objects.all()] == ["confirm", "received"]


def test_a_letter_of_before_the_upgrade_confirms_unless_a_newer_one_went(
    client: Client, waiting: Job
) -> None:
    old = f"/c/{signing.Signer(salt=links.CONFIRM_SALT).sign(str(waiting.pk))}/"
    assert client.get(old).status_code == 200
    resend(waiting, "olga@near.example", actor="sam")
    assert client.post(old).status_code == 404
    assert fresh(waiting).confirmed_at is None


def test_a_letter_of_before_the_upgrade_still_confirms(client: Client, waiting: Job) -> None:
    old = f"/c/{signing.Signer(salt=links.CONFIRM_SALT).sign(str(waiting.pk))}/"
    assert client.post(old).status_code == 302
    assert fresh(waiting).confirmed_at


def test_the_page_that_announced_cannot_confirm(client: Client, waiting: Job) -> None:
    handle = waiting.upload.handle
    other = links.confirmation_token(waiting.pk, waiting.status_sha256)
    tokens = [
        links.confirmation_token(waiting.pk, "0" * 64),
        waiting.status_token,
        handle,
        str(waiting.pk),
        f"{waiting.pk}:{handle.rsplit(':', 1)[1]}",
        signing.Signer(salt="another").sign(str(waiting.pk)),
        f"{other[:-1]}{'A' if other[-1] != 'A' else 'B'}",
    ]
    for token in tokens:
        assert client.get(f"/c/{token}/").status_code == 404
        assert client.post(f"/c/{token}/").status_code == 404
    assert fresh(waiting).confirmed_at is None
    shown = client.get(f"/j/{waiting.status_token}/").content.decode()
    assert other not in shown


def test_the_status_page_says_what_it_waits_for(client: Client, waiting: Job) -> None:
    page = client.get(f"/j/{waiting.status_token}/").content.decode()
    assert "Please confirm your e-mail address" in page
    assert "We have sent a letter to olga@far.example" in page


def test_nobody_is_alarmed_while_it_waits_but_after_that_as_ever(waiting: Job) -> None:
    pass_days(waiting, 6)
    alarms.look()
    assert not Alarm.objects.exists()
    confirm(fresh(waiting))
    pass_days(waiting, 6)
    alarms.look()
    assert "late uploaded" in Alarm.objects.get().cause


def test_what_nobody_confirms_is_cancelled_with_the_reason(
    waiting: Job, client: Client, scanners: dict[str, MemoryScanner]
) -> None:
    link = link_in_letter()
    pass_days(waiting, 7)
    tasks.scan(str(waiting.pk))
    job = fresh(waiting)
    assert (job.state, job.reason) == (
        State.CANCELLED,
        "The e-mail address was not confirmed in time.",
    )
    assert client.post(link).status_code == 302  # to the page that says so
    assert fresh(waiting).state == State.CANCELLED


def test_the_days_are_the_sites_to_set(waiting: Job, settings: Settings) -> None:
    assert waiting.confirm_until == waiting.changed_at + timedelta(days=7)
    settings.CONFIRM_DAYS = 2
    assert waiting.confirm_until == waiting.changed_at + timedelta(days=2)


def test_a_word_in_the_last_moment_goes_before_the_worker_that_gives_up(waiting: Job) -> None:
    pass_days(waiting, 7)
    worker = Job.objects.claim(waiting.pk, "scan")
    assert worker is not None
    confirm(fresh(waiting))
    with pytest.raises(Exception, match="no longer uploaded"):
        worker.move_to(State.CANCELLED)
    assert fresh(waiting).confirmed_at is not None


def test_a_claim_that_is_still_held_puts_no_end_to_the_time(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    pipeline.confirm_email = True
    pipeline.save()
    job = announce(pipeline, "olga@far.example", [DeclaredFile("letters.txt", 11)])
    send_all(job, store, [b"hello world"])
    Job.objects.update(due_at=timezone.now())
    assert Job.objects.claim(job.pk, "expire") is not None
    held = fresh(job)
    receive(held)
    assert held.due_at > timezone.now() + timedelta(days=6)


def test_a_job_that_was_cancelled_is_not_confirmed(waiting: Job) -> None:
    stale = fresh(waiting)
    decide(fresh(waiting), State.CANCELLED, "Another time.", actor="collaborator")
    confirm(stale)
    assert (stale.state, stale.confirmed_at) == (State.CANCELLED, None)


def test_a_pipeline_that_asks_for_it_later_does_not_ask_for_it_of_older_jobs(
    uploaded_job: Job, pipeline: Pipeline
) -> None:
    pipeline.confirm_email = True
    pipeline.save()
    assert not fresh(uploaded_job).awaits_confirmation

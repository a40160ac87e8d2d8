"""Results from before it was noted that a letter hands them over."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core import mail
from django.utils import timezone

from jobs.letters.send import send_due_letters
from jobs.models import Job, Letter, LinkAct, ResultLink
from jobs.results.ends import begins_with_letter
from jobs.steps.resend import resend
from tests.jobs.results.conftest import ends_of
from tests.jobs.scenes import link_of

pytestmark = pytest.mark.django_db
MIGRATION = import_module("jobs.migrations.0013_results_of_before_were_handed_over")


def upgrade(job: Job) -> None:
    """As if nothing had been noted of its link until now, and its expiry rested."""
    LinkAct.objects.all().delete()
    ResultLink.objects.update(handed_over_at=None)
    Job.objects.update(due_at=job.expires_at)
    MIGRATION.note_letters_of_before(apps, None)
    job.refresh_from_db()


def test_what_was_mailed_before_ends_when_its_letter_said(delivered: Job) -> None:
    send_due_letters()
    upgrade(delivered)
    assert link_of(delivered).handed_over_at == Letter.objects.get(kind="delivered").sent_at
    assert not begins_with_letter(link_of(delivered))
    assert delivered.due_at <= timezone.now()  # to look when to warn of the end
    Job.objects.update(expires_at=timezone.now() + timedelta(days=4))
    ResultLink.objects.update(expires_at=timezone.now() + timedelta(days=4))
    resend(delivered, "olga@near.example", actor="sam")
    send_due_letters()
    assert mail.outbox[-1].to == ["olga@near.example"]
    assert ends_of(delivered) == (timedelta(days=4), timedelta(days=4))


def test_what_still_waits_for_its_letter_begins_with_it(delivered: Job) -> None:
    upgrade(delivered)
    assert begins_with_letter(link_of(delivered))

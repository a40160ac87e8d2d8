"""What was found stays nowhere: not in the database, not on a page, in a letter or in a log."""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from contextlib import nullcontext

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core import mail, serializers
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

from backends.memory import MemoryStore
from backends.memory.scanner import MemoryScanner
from jobs import tasks
from jobs.letters.send import send_due_letters
from jobs.models import Job, Letter
from jobs.states import State
from jobs.steps.decide import decide
from jobs.steps.receive import announce, receive
from pipelines.models import Pipeline
from tests.backends.scan_bench import shared_personal_scanner
from tests.walk import send_all
from uploads.rules import DeclaredFile

pytestmark = [pytest.mark.django_db, pytest.mark.live]  # the real scanner, with its model
VALUE = "quentin.thorvaldsen@marrow-lane.example.org"
SUMS = [getattr(hashlib, name)(VALUE.encode()).hexdigest() for name in ("md5", "sha1", "sha256")]
TRACES = [VALUE, "thorvaldsen", "marrow-lane", *SUMS]


def packed() -> bytes:
    """An archive in which a member's name is a value, too."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{VALUE}.txt", f"Write to {VALUE}\n")
    return file.getvalue()


CONTENTS = {
    "letter.txt": f"Dear all,\nwrite to {VALUE}.\n".encode(),
    "people.csv": f"id,email,score\n1,{VALUE},3\n2,{VALUE},4\n".encode(),
    "packed.csv": packed(),
}


@pytest.fixture
def held(pipeline: Pipeline, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job in which the real scanner has found the values."""
    scanners = {
        "clamav": MemoryScanner(name="clamav"),
        "presidio": shared_personal_scanner(),
    }
    monkeypatch.setattr("jobs.tasks.site_scanners", lambda: nullcontext(scanners))
    files = [DeclaredFile(name, len(content)) for name, content in CONTENTS.items()]
    job = announce(pipeline, "olga@far.example", files)
    send_all(job, store, list(CONTENTS.values()))
    receive(job)
    tasks.scan(str(job.pk))
    job.refresh_from_db()
    assert job.state == State.HELD
    assert set(job.findings.values_list("file__number", flat=True)) >= {1, 2}
    return job


def database() -> str:
    """Every row of every table."""
    rows = [row for model in apps.get_models() for row in model._default_manager.all()]
    return str(serializers.serialize("json", rows))


def pages(job: Job, client: Client, staff: Client) -> str:
    """All that shows the job."""
    token = job.status_token
    own = [f"/j/{token}/{page}" for page in ("", "live", "receipt", "scan.json")]
    answers = [client.get(address) for address in own]
    desk = ["", f"{job.pk}/change/"]
    answers += [staff.get(f"/admin/jobs/job/{address}") for address in desk]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(answer.content.decode() for answer in answers)


def letters() -> str:
    """All that was mailed."""
    Letter.objects.update(due_at=timezone.now())
    send_due_letters()
    sent = [one for one in mail.outbox if isinstance(one, EmailMultiAlternatives)]
    assert len(sent) == Letter.objects.count()
    return "\n".join(
        f"{one.subject}\n{one.body!s}\n{one.alternatives[0][0]!s}\n{one.message().as_string()}"
        for one in sent
    )


@pytest.mark.parametrize("end", [State.CLEAN, State.REJECTED])
def test_no_trace_of_what_was_found(
    held: Job, client: Client, sam: User, caplog: pytest.LogCaptureFixture, end: State
) -> None:
    caplog.set_level(logging.DEBUG)
    staff = Client()
    staff.force_login(sam)
    seen = pages(held, client, staff)
    decide(held, end, "Seen.", actor="sam")
    seen += pages(held, client, staff) + letters() + database() + caplog.text
    assert "an e-mail address" in seen
    assert [trace for trace in TRACES if trace.lower() in seen.lower()] == []

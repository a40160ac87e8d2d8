"""A pipeline's first rehearsal as its PI makes it: admin, test input, certificate, open page.

The cluster is this machine: the node's program really runs, and is really killed three times.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from backends.memory.scanner import MemoryScanner
from deploy.swift_one import Credentials
from jobs import tasks
from jobs.models import Job, Rehearsal
from pipelines.code import read_code
from pipelines.models import Cluster, Pipeline
from pipelines.publish import publish_code
from tests.jobs.rehearsal.acting import as_pi
from tests.live.browser.conftest import use_store
from tests.live.browser.staff import at_desk, check
from tests.live.browser.visitor import wait_until

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
# The kills come when 8, 16 and 24 % of the undisturbed run's time are over: so they come also where
# that run took much longer than the other one.
SEED = 66353
UNITS = b'''"""Counts the words, in forty units of 100 ms, each of which it keeps."""
import time


def run(inputs, output, checkpoint, progress):
    done = int(checkpoint.load("done", b"0"))
    for unit in range(done, 40):
        time.sleep(0.1)
        progress((unit + 1) / 40)
        checkpoint.save("done", str(unit + 1))
    for path in inputs:
        (output / (path.stem + ".count")).write_text(str(len(path.read_text().split())))
'''
GREEDY = UNITS.replace(b"done = int", b'(checkpoint / "log").open("a").write("x")\n    done = int')
FORGETFUL = GREEDY + b'    (output / "log").write_text((checkpoint / "log").read_text())\n'


@pytest.fixture
def closed(
    offer: Pipeline,
    tmp_path: Path,
    settings: Settings,
    live_server: LiveServer,
    swift_for_browsers: Credentials,
    scanners: dict[str, MemoryScanner],
    monkeypatch: pytest.MonkeyPatch,
) -> Pipeline:
    """Ada's pipeline on this machine, before it was ever opened."""
    monkeypatch.setattr("jobs.steps.rehearse.secrets.randbelow", lambda below: SEED)
    use_store(settings, swift_for_browsers, live_server.url, "swift")
    offer.cluster = Cluster.objects.create(
        name="here", kind=Cluster.Kind.LOCAL, scratch=str(tmp_path), python=sys.executable
    )
    offer.is_open, offer.memory_mb, offer.disk_mb = False, 500, 100
    offer.save()
    publish_code(offer, read_code(UNITS), file_name="word_count.py")
    return offer


@pytest.fixture
def desk(chromium: Browser, live_server: LiveServer, closed: Pipeline, ada: User) -> Iterator[Page]:
    """Ada's browser, logged in."""
    yield from at_desk(chromium, live_server, as_pi(ada))


def work() -> None:
    """What a worker does in one round."""
    for task in ("scan", "submit", "deliver"):
        for job in Job.objects.due(task, timezone.now()):
            getattr(tasks, task)(str(job.pk))
    for cluster in Cluster.objects.filter(kind=Cluster.Kind.LOCAL):
        tasks.track(cluster.pk)
    tasks.rehearse()
    tasks.send_letters()


def ended(page: Page) -> Rehearsal:
    """The newest rehearsal, once it has its verdict."""

    def is_over() -> bool:
        work()
        return Rehearsal.objects.latest("started_at").ended_at is not None

    wait_until(page, is_over, seconds=120)
    return Rehearsal.objects.latest("started_at")


def send_test_input(desk: Page, live_server: LiveServer, pipeline: Pipeline, file: Path) -> None:
    """By the way that a PI goes."""
    desk.goto(f"{live_server.url}/admin/pipelines/pipeline/{pipeline.pk}/change/")
    desk.get_by_role("button", name="test input and rehearse").click()
    expect(desk.get_by_role("heading", name="This is a rehearsal")).to_be_visible()
    desk.wait_for_load_state()
    expect(desk.get_by_label("Your e-mail address")).to_have_value("ada@uni.example")
    desk.get_by_label("Choose files").set_input_files(file)
    desk.get_by_role("button", name="Send").click()
    arrived = desk.get_by_role("heading", name="Your files have arrived")
    expect(arrived).to_be_visible(timeout=60_000)


def test_a_pi_rehearses_her_code_and_opens_the_page(
    desk: Page, live_server: LiveServer, closed: Pipeline, tmp_path: Path
) -> None:
    file = tmp_path / "fox.txt"
    file.write_text("the quick brown fox\n")
    admin = f"{live_server.url}/admin/pipelines/pipeline/{closed.pk}/change/"
    desk.goto(admin)
    check(desk)
    desk.get_by_label("Open", exact=True).check()
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_text("This version of the code was not rehearsed yet.")).to_be_visible()
    send_test_input(desk, live_server, closed, file)
    check(desk)
    rehearsal = ended(desk)
    assert rehearsal.outcome == "passed", rehearsal.text
    figures = rehearsal.figures
    assert (figures["interruptions"], figures["starts"]) == (3, 4)
    assert rehearsal.jobs.filter(attempts__begun_with__kind="checkpoint").exists()
    assert str(mail.outbox[-1].subject) == "The rehearsal passed: Word count"
    desk.goto(admin)
    expect(desk.get_by_role("heading", name="Rehearsal of version 2: passed")).to_be_visible()
    desk.get_by_text("All rehearsals").click()
    check(desk)
    desk.get_by_label("Open", exact=True).check()
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    closed.refresh_from_db()
    assert closed.is_open


def test_code_that_is_not_the_same_after_interruptions_is_found_out(
    desk: Page, live_server: LiveServer, closed: Pipeline, tmp_path: Path
) -> None:
    file = tmp_path / "fox.txt"
    file.write_text("the quick brown fox\n")
    publish_code(closed, read_code(FORGETFUL), file_name="word_count.py")
    send_test_input(desk, live_server, closed, file)
    rehearsal = ended(desk)
    assert rehearsal.outcome == "failed"
    assert (
        "the results are not the same: “log” differs in line 1 (size in bytes: 1, then "
        in rehearsal.text
    )
    publish_code(closed, read_code(UNITS), file_name="word_count.py")
    desk.goto(f"{live_server.url}/admin/pipelines/pipeline/{closed.pk}/change/")
    expect(desk.get_by_text("fox.txt")).to_be_visible()
    desk.get_by_role("button", name="Rehearse version 2 now").click()
    expect(desk.get_by_text("The rehearsal has begun.")).to_be_visible()
    assert ended(desk).outcome == "passed"

"""Objects and segments are counted in a real Swift before and after all that may go wrong."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backends.base import SignedRequest, Store
from backends.chosen import chosen_store
from backends.memory import MemoryCluster
from backends.s3 import S3Store
from jobs import jobfile, tasks
from jobs.models import Job
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from tests.backends.store_bench import eventually, read_all, send
from tests.live.stores import PART
from uploads.models import Upload
from uploads.rules import DeclaredFile

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
MIB = 2**20
LARGE, SMALL = 12 * MIB, 5


class Visitor:
    """Olga sends a large and a small file, by the calls of docs/uploads.md."""

    def __init__(self, pipeline: Pipeline, client: Client) -> None:
        files = [DeclaredFile("scan.csv", LARGE), DeclaredFile("note.txt", SMALL)]
        self.job = announce(pipeline, "olga@far.example", files)
        self._client = client
        opened = self.call("open", files=[1, 2])["files"]
        self.urls = {int(number): one["urls"] for number, one in opened.items()}
        assert opened["1"]["parts"] == 3

    def call(self, what: str, **body: Any) -> Any:
        path = f"/u/{self.job.upload.handle}/{what}"
        return self._client.post(path, json.dumps(body), content_type="application/json").json()

    def send(self, file: int, number: int) -> None:
        size = {(1, 3): LARGE - 2 * PART, (2, 1): SMALL}.get((file, number), PART)
        send(SignedRequest("PUT", self.urls[file][str(number)]), b"x" * size)

    def send_all(self) -> None:
        for number in (1, 2, 3):
            self.send(1, number)
        self.send(2, 1)
        assert self.call("complete", files=[1, 2])["done"] == [2, 1]

    def send_late(self, file: int, number: int) -> None:
        """Swift stores what is signed; S3 refuses a part of what is not open, before it is read."""
        with suppress(FileNotFoundError, URLError):
            self.send(file, number)

    def cancel(self) -> None:
        self._client.post(f"/j/{self.job.status_token}/cancel")

    def abandon(self) -> None:
        Upload.objects.filter(pk=self.job.upload_id).update(
            touched_at=timezone.now() - timedelta(days=8)
        )


@pytest.fixture
def visitor(
    pipeline: Pipeline, client: Client, site: MemoryCluster, real_store: Store
) -> Callable[[], Visitor]:
    """One more visitor."""
    pipeline.max_file_mb = pipeline.max_total_mb = 100
    pipeline.save()
    return lambda: Visitor(pipeline, client)


@pytest.fixture
def before(visitor: Callable[[], Visitor], account: Callable[[], list[str]]) -> list[str]:
    """What is there: all of it belongs to two visitors who are not done."""
    visitor().send_all()
    half = visitor()
    half.send(1, 2)
    half.send(2, 1)
    return account()


def expire(settings: Settings) -> None:
    """As when all is due and no signed URL is good any more."""
    settings.UPLOAD_URLS_S = -3600
    for _ in range(2):  # what is given up is cleaned up by the next
        Job.objects.update(due_at=timezone.now())
        for job in Job.objects.all():
            tasks.expire(str(job.pk))


def an_abandoned_upload(one: Visitor) -> None:
    one.send(1, 1)
    one.send(2, 1)
    one.abandon()


def a_part_after_the_cancel(one: Visitor) -> None:
    one.send(1, 1)
    one.cancel()
    tasks.expire(str(one.job.pk))
    one.send_late(1, 2)
    one.send_late(2, 1)


def parts_sent_twice(one: Visitor) -> None:
    one.send(1, 1)
    one.send(2, 1)
    one.send_all()
    one.send_late(1, 1)
    one.send_late(2, 1)
    one.cancel()


def a_file_taken_out(one: Visitor) -> None:
    one.send(1, 1)
    one.send(2, 1)
    assert one.call("delete", files=[1]) == {"deleted": [1]}
    one.send_late(1, 2)
    one.cancel()


def a_second_tab_that_was_slower(one: Visitor) -> None:
    file = one.job.upload.files.get(number=1)
    store = chosen_store()
    key = store.begin_parts(file.object_name)
    send(store.sign_parts(file.object_name, key, [1], expires_s=600)[1], b"x" * PART)
    one.send_all()
    one.cancel()


def a_cancelled_job(one: Visitor) -> None:
    one.send_all()
    one.cancel()


def a_worker_killed_while_it_joined(one: Visitor) -> None:
    one.send_all()
    name = f"results/{one.job.pk}/whole/1"
    store = chosen_store()
    key = store.begin_parts(name)
    send(store.sign_parts(name, key, [1], expires_s=600)[1], b"x" * PART)
    one.cancel()


@pytest.mark.parametrize(
    "mishap",
    [
        an_abandoned_upload,
        a_part_after_the_cancel,
        parts_sent_twice,
        a_file_taken_out,
        a_second_tab_that_was_slower,
        a_cancelled_job,
        a_worker_killed_while_it_joined,
    ],
)
def test_nothing_of_it_stays(
    before: list[str],
    visitor: Callable[[], Visitor],
    account: Callable[[], list[str]],
    settings: Settings,
    mishap: Callable[[Visitor], None],
) -> None:
    mishap(visitor())
    assert len(account()) > len(before)
    expire(settings)
    call_command("tidy_store", verbosity=0)
    # through S3, Swift leaves the segments of objects to its object-expirer
    assert eventually(lambda: account() == before), set(account()) ^ set(before)
    assert Job.objects.filter(state=State.UPLOADING).count() == 2  # theirs


def test_what_no_row_knows_any_more_goes_too(
    before: list[str],
    visitor: Callable[[], Visitor],
    account: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, half = visitor(), visitor()
    whole.send_all()
    half.send(1, 2)
    for one in (whole, half):  # as after a database was restored from a backup
        Job.objects.filter(pk=one.job.pk).delete()
        Upload.objects.filter(pk=one.job.upload_id).delete()
    monkeypatch.setattr(jobfile, "SIGNED_FOR_S", -3600)  # as if that was more than a week ago
    call_command("tidy_store", verbosity=0)
    assert eventually(lambda: account() == before), set(account()) ^ set(before)


# --- what a late request can do, so that docs/operations.md is right ---


@contextmanager
def under_way(url: str) -> Iterator[None]:
    """A part of which one half is sent; the other half follows when the block is done."""
    place = urlsplit(url)
    line = http.client.HTTPConnection(place.netloc, timeout=120)
    with closing(line):
        line.putrequest("PUT", f"{place.path}?{place.query}")
        line.putheader("Content-Length", str(PART))
        line.putheader("Expect", "100-continue")
        line.endheaders()
        assert b" 100 " in line.sock.recv(1000)  # it has looked whether the upload is open
        line.send(b"x" * (PART // 2))
        yield
        line.send(b"x" * (PART // 2))
        assert line.getresponse().status in (200, 201)


def test_a_part_under_way_when_its_upload_is_aborted_is_stored_and_s3_does_not_show_it(
    real_store: Store, account: Callable[[], list[str]]
) -> None:
    name = f"uploads/{uuid4()}/1"
    before = account()
    key = real_store.begin_parts(name)
    with under_way(real_store.sign_parts(name, key, [1], expires_s=600)[1].url):
        real_store.abort_parts(name, key)
    (left,) = set(account()) - set(before)
    shown = [upload.key for upload in real_store.open_uploads(name)]
    if isinstance(real_store, S3Store):
        assert left == f"pages-s3+segments/{name}/{key}/1"  # as docs/operations.md says
        assert shown == []
    else:
        assert shown == [key]
        real_store.abort_parts(name, key)
        assert account() == before


def test_a_part_sent_again_after_completion_is_still_the_objects_own(
    real_store: Store, account: Callable[[], list[str]]
) -> None:
    name = f"uploads/{uuid4()}/1"
    before = account()
    key = real_store.begin_parts(name)
    signed = real_store.sign_parts(name, key, [1], expires_s=600)[1]
    send(signed, b"x" * PART)
    real_store.complete_parts(name, key, real_store.stored_parts(name, key))
    complete = account()
    send(signed, b"x" * PART)
    assert account() == complete
    assert read_all(real_store, name) == b"x" * PART
    real_store.delete(name)
    assert eventually(lambda: account() == before)

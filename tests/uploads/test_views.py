"""open · sign · complete, as a page or a script calls them; bytes go to the store, never to us."""

import json
from typing import Any

import pytest
from django.test import Client

from backends.base import PartLimits, SignedRequest
from backends.memory import MemoryStore
from jobs.models import Job
from jobs.steps.receive import announce, receive
from pipelines.models import Pipeline
from tests.walk import send_all
from uploads import parts
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "USUAL_PART_BYTES", 4)
    monkeypatch.setattr(parts, "MIB", 1)


def call(client: Client, job: Job, what: str, data: Any = None, number: int = 1) -> Any:
    path = f"/u/{job.upload.handle}/{number}/{what}"
    return client.post(path, json.dumps(data or {}), content_type="application/json")


def put(store: MemoryStore, url: str, data: bytes) -> None:
    store.send(SignedRequest("PUT", url), data)


def test_a_file_goes_in_by_parts(client: Client, job: Job, store: MemoryStore) -> None:
    opened = call(client, job, "open").json()
    assert (opened["part_bytes"], opened["parts"], opened["have"]) == (4, 3, [])
    for number, piece in (("1", b"hell"), ("3", b"rld"), ("2", b"o wo")):
        put(store, opened["urls"][number], piece)
    assert call(client, job, "complete").json() == {"done": True, "missing": []}
    assert store.read(job.upload.files.get().object_name, max_bytes=99) == b"hello world"


def test_what_is_stored_is_known_after_a_reload(
    client: Client, job: Job, store: MemoryStore
) -> None:
    put(store, call(client, job, "open").json()["urls"]["2"], b"o wo")
    again = call(client, job, "open").json()
    assert again["have"] == [2]
    assert set(again["urls"]) == {"1", "3"}


def test_a_part_of_the_wrong_size_counts_as_not_sent(
    client: Client, job: Job, store: MemoryStore
) -> None:
    put(store, call(client, job, "open").json()["urls"]["1"], b"he")
    assert call(client, job, "open").json()["have"] == []


def test_complete_names_the_parts_that_are_missing(
    client: Client, job: Job, store: MemoryStore
) -> None:
    put(store, call(client, job, "open").json()["urls"]["2"], b"o wo")
    answer = call(client, job, "complete")
    assert (answer.status_code, answer.json()["missing"]) == (409, [1, 3])
    assert job.upload.missing().count() == 1


def test_complete_after_a_lost_answer_is_done(client: Client, job: Job, store: MemoryStore) -> None:
    send_all(job, store, [b"hello world"])
    job.upload.files.update(completed_at=None)  # the store made it, we never heard
    assert call(client, job, "open").json()["done"]
    job.upload.files.update(completed_at=None)
    assert call(client, job, "complete").json()["done"]
    assert call(client, job, "complete").json()["done"]


def test_an_empty_file_is_complete_when_it_is_opened(
    client: Client, pipeline: Pipeline, store: MemoryStore
) -> None:
    job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 0)])
    assert call(client, job, "open").json()["done"]
    assert store.stat(job.upload.files.get().object_name).size_bytes == 0


@pytest.mark.parametrize("numbers", [[0], [4], [-1], ["2"], [True], []])
def test_no_url_is_signed_for_a_part_that_the_file_has_not(
    client: Client, job: Job, store: MemoryStore, numbers: list[Any]
) -> None:
    call(client, job, "open")
    assert call(client, job, "sign", {"parts": numbers}).json() == {"urls": {}}


def test_urls_are_signed_for_the_parts_asked_for(
    client: Client, job: Job, store: MemoryStore
) -> None:
    call(client, job, "open")
    assert set(call(client, job, "sign", {"parts": [3, 1]}).json()["urls"]) == {"1", "3"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"parts": 3}', b"\xff"])
def test_a_sign_request_that_is_not_as_documented_is_told_so(
    client: Client, job: Job, store: MemoryStore, body: bytes
) -> None:
    call(client, job, "open")
    path = f"/u/{job.upload.handle}/1/sign"
    assert client.post(path, body, content_type="application/json").status_code == 400


def test_a_forged_handle_and_a_file_that_is_not_there_are_not_found(
    client: Client, job: Job
) -> None:
    assert client.post(f"/u/{job.upload.pk}:forged/1/open").status_code == 404
    assert call(client, job, "open", number=2).status_code == 404


def test_a_closed_upload_takes_nothing_more(client: Client, job: Job, store: MemoryStore) -> None:
    send_all(job, store, [b"hello world"])
    receive(job)
    assert call(client, job, "open").status_code == 410


def test_a_store_that_is_down_is_said_so_and_nothing_is_lost(
    client: Client, job: Job, store: MemoryStore
) -> None:
    call(client, job, "open")
    store.is_stopped = True
    answer = call(client, job, "open")
    assert answer.status_code == 503
    assert "your files stay" in answer.json()["message"]
    store.is_stopped = False
    assert call(client, job, "open").status_code == 200


def test_handing_over_before_all_is_there_names_the_files(client: Client, job: Job) -> None:
    answer = client.post(f"/j/{job.status_token}/submit")
    assert (answer.status_code, answer.json()["missing"]) == (409, [1])


def test_the_cut_of_a_file_keeps_to_the_stores_limits() -> None:
    limits = PartLimits(max_parts=10, max_part_bytes=100)
    for size in (1, 40, 41, 399, 1000):
        cut = parts.plan(size, limits)
        assert cut.count <= limits.max_parts
        assert sum(cut.size_of(n) for n in range(1, cut.count + 1)) == size
    with pytest.raises(Exception, match="larger than the object store"):
        parts.plan(1001, limits)

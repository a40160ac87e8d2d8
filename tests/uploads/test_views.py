"""open · sign · complete · delete, as a page or a script calls them; bytes go to the store."""

import hashlib
import json
from typing import Any

import pytest
from django.test import Client

from backends.base import SignedForm, SignedRequest
from backends.memory import MemoryStore
from jobs.models import Job
from jobs.steps.receive import announce, receive
from pipelines.models import Pipeline
from tests.walk import send_all
from uploads import lots, parts
from uploads.calls import MAX_FILES, MAX_PARTS
from uploads.models import UploadedPart
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
SUM = "5e" * 32


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "USUAL_PART_BYTES", 4)
    monkeypatch.setattr(parts, "MIB", 1)


@pytest.fixture
def many(pipeline: Pipeline) -> Job:
    """Olga's upload of a large file and eleven small ones, one of them empty."""
    files = [DeclaredFile("large.txt", 11), *(DeclaredFile(f"{n}.txt", n % 4) for n in range(11))]
    return announce(pipeline, "olga@far.example", files)


def call(client: Client, job: Job, what: str, **body: Any) -> Any:
    path = f"/u/{job.upload.handle}/{what}"
    return client.post(path, json.dumps(body), content_type="application/json")


def opened(client: Client, job: Job, number: int = 1) -> Any:
    return call(client, job, "open", files=[number]).json()["files"][str(number)]


def put(store: MemoryStore, url: str, data: bytes) -> None:
    store.send(SignedRequest("PUT", url), data)


def test_a_file_goes_in_by_parts(client: Client, job: Job, store: MemoryStore) -> None:
    told = opened(client, job)
    assert (told["part_bytes"], told["parts"], told["have"]) == (4, 3, [])
    for number, piece in (("1", b"hell"), ("3", b"rld"), ("2", b"o wo")):
        put(store, told["urls"][number], piece)
    assert call(client, job, "complete", files=[1]).json() == {"done": [1], "missing": {}}
    assert store.read(job.upload.files.get().object_name, max_bytes=99) == b"hello world"


def test_many_small_files_are_opened_and_completed_by_one_call_each(
    client: Client, many: Job, store: MemoryStore, django_assert_max_num_queries: Any
) -> None:
    numbers = list(range(2, 13))
    with django_assert_max_num_queries(6):
        told = call(client, many, "open", files=numbers).json()["files"]
    for number in numbers:
        put(store, told[str(number)]["urls"]["1"], b"x" * ((number - 2) % 4))
    with django_assert_max_num_queries(6):
        answer = call(client, many, "complete", files=numbers)
    assert sorted(answer.json()["done"]) == numbers
    sizes = {f.number: store.stat(f.object_name).size_bytes for f in many.upload.files.all()[1:]}
    assert sizes == {number: (number - 2) % 4 for number in numbers}


def test_small_files_may_be_sent_by_one_form(client: Client, many: Job, store: MemoryStore) -> None:
    numbers = list(range(2, 13))
    told = call(client, many, "open", files=numbers).json()["form"]
    assert told["good_for_s"] == lots.FORM_GOOD_FOR_S
    form = SignedForm(told["url"], told["fields"], told["max_files"], told["max_bytes"])
    store.submit(form, {str(number): b"x" * ((number - 2) % 4) for number in numbers})
    assert sorted(call(client, many, "complete", files=numbers).json()["done"]) == numbers


def test_a_small_file_that_was_not_sent_or_only_half_is_missing(
    client: Client, many: Job, store: MemoryStore
) -> None:
    told = call(client, many, "open", files=[4, 5]).json()["files"]
    put(store, told["5"]["urls"]["1"], b"12")  # it has three
    answer = call(client, many, "complete", files=[4, 5])
    assert (answer.status_code, answer.json()["missing"]) == (409, {"4": [1], "5": [1]})
    put(store, told["4"]["urls"]["1"], b"12")
    assert call(client, many, "open", files=[4, 5]).json()["files"]["4"]["have"] == [1]
    answer = call(client, many, "complete", files=[4, 5]).json()
    assert answer == {"done": [4], "missing": {"5": [1]}}


def test_a_listing_that_lags_behind_does_not_make_a_stored_file_missing(
    client: Client, many: Job, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = list(range(2, 13))
    told = call(client, many, "open", files=numbers).json()["files"]
    for number in numbers:
        put(store, told[str(number)]["urls"]["1"], b"x" * ((number - 2) % 4))
    monkeypatch.setattr(store, "list_objects", lambda prefix: iter(()))
    assert sorted(call(client, many, "complete", files=numbers).json()["done"]) == numbers


def test_of_many_large_files_some_are_left_to_be_asked_for_again(
    client: Client, many: Job, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lots, "LARGE_AT_ONCE", 0)
    assert set(call(client, many, "open", files=[1, 2]).json()["files"]) == {"2"}
    monkeypatch.setattr(lots, "LARGE_AT_ONCE", 1)
    assert set(call(client, many, "open", files=[1, 2]).json()["files"]) == {"1", "2"}


def test_what_is_stored_is_known_after_a_reload(
    client: Client, job: Job, store: MemoryStore
) -> None:
    put(store, opened(client, job)["urls"]["2"], b"o wo")
    again = opened(client, job)
    assert again["have"] == [2]
    assert set(again["urls"]) == {"1", "3"}


def test_an_upload_that_the_store_has_dropped_is_begun_again(
    client: Client, job: Job, store: MemoryStore
) -> None:
    put(store, opened(client, job)["urls"]["1"], b"hell")
    file = job.upload.files.get()
    store.abort_parts(file.object_name, file.parts_key)  # as an operator's clean-up does
    assert call(client, job, "complete", files=[1]).status_code == 409
    told = opened(client, job)
    assert told["have"] == []
    for number, piece in (("1", b"hell"), ("2", b"o wo"), ("3", b"rld")):
        put(store, told["urls"][number], piece)
    assert call(client, job, "complete", files=[1]).json()["done"] == [1]


def test_a_part_of_the_wrong_size_counts_as_not_sent(
    client: Client, job: Job, store: MemoryStore
) -> None:
    put(store, opened(client, job)["urls"]["1"], b"he")
    assert opened(client, job)["have"] == []


def test_complete_names_the_parts_that_are_missing(
    client: Client, job: Job, store: MemoryStore
) -> None:
    put(store, opened(client, job)["urls"]["2"], b"o wo")
    answer = call(client, job, "complete", files=[1])
    assert (answer.status_code, answer.json()["missing"]) == (409, {"1": [1, 3]})
    assert job.upload.missing().count() == 1


def test_complete_after_a_lost_answer_is_done(client: Client, job: Job, store: MemoryStore) -> None:
    send_all(job, store, [b"hello world"])
    job.upload.files.update(completed_at=None)  # the store made it, we never heard
    assert opened(client, job)["done"]
    job.upload.files.update(completed_at=None)
    for _ in range(2):
        assert call(client, job, "complete", files=[1]).json()["done"] == [1]


def test_an_opened_file_stays_cut_as_it_was_though_the_stores_limits_change(
    client: Client, many: Job, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, opened(client, many, 5)["urls"]["1"], b"123")
    put(store, opened(client, many, 1)["urls"]["1"], b"hell")
    monkeypatch.setattr(parts, "USUAL_PART_BYTES", 2)
    told = call(client, many, "open", files=[1, 5]).json()["files"]
    assert [told["5"][word] for word in ("parts", "part_bytes", "have")] == [1, 4, [1]]
    assert [told["1"][word] for word in ("parts", "part_bytes", "have")] == [3, 4, [1]]


def test_the_senders_sums_are_kept_and_a_later_one_counts(
    client: Client, job: Job, store: MemoryStore
) -> None:
    opened(client, job)
    call(client, job, "sign", parts={"1": [2]}, sha256={"1": {"1": SUM, "9": SUM}})
    sums = {"1": {"1": hashlib.sha256(b"hell").hexdigest(), "3": SUM}}
    call(client, job, "complete", files=[1], sha256=sums)
    assert opened(client, job)["proved"] == [1, 3]
    assert UploadedPart.objects.get(number=1).sha256 == sums["1"]["1"]


@pytest.mark.parametrize("numbers", [[0], [4], [-1], []])
def test_no_url_is_signed_for_a_part_that_the_file_has_not(
    client: Client, job: Job, store: MemoryStore, numbers: list[Any]
) -> None:
    opened(client, job)
    assert call(client, job, "sign", parts={"1": numbers}).json()["urls"] == {"1": {}}


def test_urls_are_signed_for_the_parts_asked_for(
    client: Client, job: Job, store: MemoryStore
) -> None:
    opened(client, job)
    answer = call(client, job, "sign", parts={"1": [3, 1]}).json()
    assert set(answer["urls"]["1"]) == {"1", "3"}
    assert answer["good_for_s"] == 6 * 3600


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"\xff",
        b'{"files": 3}',
        b'{"files": ["1"]}',
        b'{"files": [true]}',
        b'{"parts": [1]}',
        b'{"parts": {"1": 2}}',
        b'{"parts": {"one": [2]}}',
        b'{"files": [9223372036854775808]}',
        b'{"parts": {"9223372036854775808": [1]}}',
        b'{"sha256": {"9223372036854775808": {}}}',
        b'{"sha256": {"1": {"1": "5E"}}}',
        b'{"sha256": {"1": {"1": 5}}}',
        json.dumps({"files": list(range(MAX_FILES + 1))}).encode(),
        json.dumps({"parts": {"1": list(range(MAX_PARTS + 1))}}).encode(),
        json.dumps({"parts": {str(number): [] for number in range(MAX_FILES + 1)}}).encode(),
        json.dumps({"sha256": {str(number): {} for number in range(MAX_FILES + 1)}}).encode(),
    ],
)
@pytest.mark.parametrize("what", ["open", "sign", "complete", "delete"])
def test_a_call_that_is_not_as_documented_is_told_so(
    client: Client, job: Job, store: MemoryStore, what: str, body: bytes
) -> None:
    path = f"/u/{job.upload.handle}/{what}"
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_file_that_was_not_opened_cannot_be_signed_for_or_completed(
    client: Client, job: Job, store: MemoryStore
) -> None:
    assert call(client, job, "sign", parts={"1": [1]}).status_code == 400
    assert call(client, job, "complete", files=[1]).status_code == 400


def test_a_forged_handle_and_a_file_that_is_not_there_are_not_found(
    client: Client, job: Job
) -> None:
    assert client.post(f"/u/{job.upload.pk}:forged/open").status_code == 404
    assert call(client, job, "open", files=[1, 2]).status_code == 404


def test_a_closed_upload_takes_nothing_more(client: Client, job: Job, store: MemoryStore) -> None:
    send_all(job, store, [b"hello world"])
    receive(job)
    for what in ("open", "sign", "complete", "delete"):
        assert call(client, job, what, files=[1]).status_code == 410
    assert job.upload.files.count() == 1


def test_a_store_that_is_down_is_said_so_and_nothing_is_lost(
    client: Client, job: Job, store: MemoryStore
) -> None:
    opened(client, job)
    store.is_stopped = True
    answer = call(client, job, "open", files=[1])
    assert answer.status_code == 503
    assert "your files stay" in answer.json()["message"]
    store.is_stopped = False
    assert call(client, job, "open", files=[1]).status_code == 200


def test_a_deleted_file_is_no_part_of_the_upload_and_leaves_nothing(
    client: Client, many: Job, store: MemoryStore
) -> None:
    put(store, opened(client, many)["urls"]["1"], b"hell")
    put(store, opened(client, many, 4)["urls"]["1"], b"12")
    [large, small] = many.upload.files.filter(number__in=[1, 4])
    for _ in range(2):  # its answer may get lost
        assert call(client, many, "delete", files=[1, 4]).json() == {"deleted": [1, 4]}
    assert many.upload.files.count() == 10
    assert store.stored_parts(large.object_name, large.parts_key) == []
    assert list(store.list_objects(f"uploads/{many.upload_id}/")) == []
    assert call(client, many, "open", files=[4]).status_code == 404
    assert small.pk not in many.upload.files.values_list("pk", flat=True)


def test_the_last_file_is_not_deleted(client: Client, job: Job, store: MemoryStore) -> None:
    answer = call(client, job, "delete", files=[1])
    assert (answer.status_code, job.upload.files.count()) == (409, 1)
    assert "Cancel the job" in answer.json()["message"]


def test_handing_over_before_all_is_there_names_the_files(client: Client, job: Job) -> None:
    answer = client.post(f"/j/{job.status_token}/submit")
    assert (answer.status_code, answer.json()["missing"]) == (409, [1])

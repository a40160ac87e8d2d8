"""Announcing files: what a visitor may get wrong, and what comes back for it."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jobs.models import Job
from jobs.states import State
from pipelines.models import Cluster, Pipeline
from uploads.models import Upload

pytestmark = pytest.mark.django_db
GOOD = {"email": "olga@far.example", "files": [{"name": "a.txt", "size": 5}]}


def announce(client: Client, data: Any, slug: str = "word-count") -> Any:
    body = data if isinstance(data, bytes) else json.dumps(data)
    return client.post(f"/p/{slug}/", body, content_type="application/json")


def test_good_files_make_a_job_and_say_where_to_send_them(
    client: Client, pipeline: Pipeline
) -> None:
    answer = announce(client, GOOD)
    assert answer.status_code == 201
    job = Job.objects.get()
    assert (job.state, job.email, job.code) == (State.UPLOADING, "olga@far.example", pipeline.code)
    made = answer.json()
    assert [(f["number"], f["name"], f["size"]) for f in made["files"]] == [(1, "a.txt", 5)]
    assert client.get(made["status"]).status_code == 200
    opened = client.post(f"{made['upload']}open", '{"files": [1]}', content_type="text/plain")
    assert set(opened.json()["files"]) == {"1"}


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"email": ""}, "email", "Please give your e-mail address"),
        ({"email": "olga@"}, "email", "does not look like an e-mail address"),
        ({"email": ["x"]}, "email", "does not look like an e-mail address"),
        ({"files": []}, "files", "Choose at least one file"),
        ({"files": [{"name": "a.txt", "size": 0}]}, "files", "is empty"),
        ({"files": [{"name": "a.exe", "size": 1}]}, "files", "not a file that this page takes"),
        ({"files": [{"name": "a.txt", "size": 10**7}]}, "files", "takes files up to"),
        ({"files": [{"name": f"{n}.txt", "size": 1} for n in range(4)]}, "files", "at most 3"),
        ({"files": [{"name": "a.txt", "size": -1}]}, "message", "Send JSON"),
        ({"files": [{"name": "a.txt", "size": True}]}, "message", "Send JSON"),
        ({"files": [{"name": "a.txt", "size": 1, "modified": 2**70}]}, "message", "Send JSON"),
        ({"files": "a.txt"}, "message", "Send JSON"),
        ({"announcement": "not a name"}, "message", "Send JSON"),
        ({"announcement": 7}, "message", "Send JSON"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    client: Client, pipeline: Pipeline, change: dict[str, Any], where: str, words: str
) -> None:
    answer = announce(client, GOOD | change)
    assert answer.status_code == 400
    assert words in str(answer.json()[where])
    assert not Job.objects.exists()


FULL = [{"name": "a.txt", "size": 10**6}, {"name": "b.csv", "size": 10**6}]


@pytest.mark.parametrize(
    ("limit", "files", "more"),
    [
        ("max_files", [{"name": f"{n}.txt", "size": 1} for n in range(3)], "4.txt"),
        ("max_total_mb", FULL, "c.txt"),
    ],
)
def test_a_limit_is_reached_but_not_passed(
    client: Client, pipeline: Pipeline, limit: str, files: list[dict[str, Any]], more: str
) -> None:
    assert announce(client, GOOD | {"files": files}).status_code == 201
    one_more = GOOD | {"files": [*files, {"name": more, "size": 1}]}
    assert announce(client, one_more).status_code == 400
    Pipeline.objects.update(**{limit: getattr(pipeline, limit) + 1})
    assert announce(client, one_more).status_code == 201


def test_the_largest_file_is_taken_and_none_of_a_byte_more(
    client: Client, pipeline: Pipeline
) -> None:
    for size, status in ((10**6, 201), (10**6 + 1, 400)):
        files = [{"name": "a.txt", "size": size}]
        assert announce(client, GOOD | {"files": files}).status_code == status


def test_what_is_too_long_to_be_read_is_refused_in_words(
    client: Client, pipeline: Pipeline, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 50
    answer = announce(client, GOOD)
    assert answer.status_code == 400
    assert "too many files" in answer.json()["message"]


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"null", b"\xff\xfe"])
def test_a_body_that_is_no_announcement_is_told_what_one_is(
    client: Client, pipeline: Pipeline, body: bytes
) -> None:
    answer = announce(client, body)
    assert answer.status_code == 400
    assert "Send JSON" in answer.json()["message"]


def test_names_that_no_database_stores_are_taken_all_the_same(
    client: Client, pipeline: Pipeline
) -> None:
    body = b'{"email": "olga@far.example", "files": [{"name": "a\\u0000\\ud800.txt", "size": 1}]}'
    assert announce(client, body).status_code == 201
    assert Job.objects.get().upload.files.get().name == "a\ufffd?.txt"


def test_a_closed_page_takes_nothing_and_says_so(client: Client, pipeline: Pipeline) -> None:
    Pipeline.objects.update(is_open=False)
    answer = announce(client, GOOD)
    assert (answer.status_code, Job.objects.count()) == (410, 0)
    page = client.get("/p/word-count/")
    assert page.status_code == 410
    assert "takes no files at the moment" in page.content.decode()


def test_a_page_whose_cluster_is_given_up_at_that_moment_takes_nothing(
    client: Client, pipeline: Pipeline
) -> None:
    Cluster.objects.update(is_open=False, gone_at=timezone.now())
    answer = announce(client, GOOD)
    assert (answer.status_code, Job.objects.count()) == (410, 0)
    assert "takes no files at the moment" in answer.json()["message"]


@pytest.mark.parametrize(
    "path", ["/p/nobodys/", "/j/nobodys-token/", "/j/nobodys-token/live", "/r/nobodys-token/"]
)
def test_what_is_not_there_is_a_friendly_404(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<h1>" in answer.content.decode()


NAME = "0b0d5f1e-5c1c-4b0e-9c55-3f7c0a3f2f11"


def test_what_is_announced_twice_under_one_name_is_one_job(
    client: Client, pipeline: Pipeline
) -> None:
    first, again = (announce(client, GOOD | {"announcement": NAME}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Job.objects.get().announcement == UUID(NAME)
    assert Upload.objects.count() == 1


def test_a_second_try_is_answered_when_the_page_was_closed_and_the_job_went_on(
    client: Client, pipeline: Pipeline
) -> None:
    first = announce(client, GOOD | {"announcement": NAME}).json()
    Pipeline.objects.update(is_open=False)
    Job.objects.get().move_to(State.CANCELLED)
    again = announce(client, GOOD | {"announcement": NAME})
    assert again.json() == first


@pytest.mark.parametrize(
    "change",
    [
        {"files": [{"name": "a.txt", "size": 6}]},
        {"files": [{"name": "b.txt", "size": 5}]},
        {"files": [{"name": "a.txt", "size": 5, "modified": 1}]},
        {"email": "eve@far.example"},
    ],
)
def test_one_name_for_something_else_is_refused_and_opens_nothing(
    client: Client, pipeline: Pipeline, change: dict[str, Any]
) -> None:
    announce(client, GOOD | {"announcement": NAME})
    answer = announce(client, GOOD | {"announcement": NAME} | change)
    assert answer.status_code == 409
    assert list(answer.json()) == ["message"]
    assert Job.objects.count() == 1


def test_one_name_on_another_page_is_refused(client: Client, pipeline: Pipeline) -> None:
    announce(client, GOOD | {"announcement": NAME})
    Pipeline.objects.create(
        slug="other", title="Other", cluster=pipeline.cluster, code=pipeline.code,
        result_expiry=pipeline.result_expiry, is_open=True,
    )  # fmt: skip
    assert announce(client, GOOD | {"announcement": NAME}, "other").status_code == 409


def test_without_a_name_each_announcement_is_a_job(client: Client, pipeline: Pipeline) -> None:
    assert announce(client, GOOD | {"announcement": None}).status_code == 201
    assert announce(client, GOOD).status_code == 201
    assert Job.objects.count() == 2


def test_visitors_get_no_cookie(client: Client, pipeline: Pipeline) -> None:
    answer = announce(client, GOOD)
    client.get(answer.json()["status"])
    assert not client.cookies

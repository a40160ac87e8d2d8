"""What is over a quota is refused before a byte is sent, in words, and spends nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jobs import tasks
from jobs.models import Job
from jobs.states import State
from pipelines.models import Pipeline
from uploads.models import Upload
from uploads.quotas import Quota, QuotaUse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _support(settings: Settings) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"


def announce(client: Client, **more: Any) -> Any:
    said = {"email": "olga@far.example", "files": [{"name": "a.txt", "size": 600_000}]} | more
    return client.post("/p/word-count/", json.dumps(said), content_type="application/json")


def limit(scope: str, **limits: int) -> None:
    Quota.objects.filter(scope=scope).update(**limits)


@pytest.mark.parametrize(
    ("scope", "limits", "words"),
    [
        ("site", {"max_uploads": 1}, "been sent as much today as it takes"),
        ("email", {"max_uploads": 1}, "With this e-mail address, files were sent as often today"),
        (
            "network",
            {"max_uploads": 1},
            "From your network, files were sent as often today as is allowed (limit: 1 a day)",
        ),
        ("site", {"max_mb": 1}, "This site takes 1 MB a day"),
        ("email", {"max_mb": 1}, "With this e-mail address, 1 MB can be sent a day"),
        ("network", {"max_mb": 1}, "From your network, 1 MB can be sent a day"),
    ],
)
def test_a_person_reads_which_limit_until_when_and_whom_to_ask(
    client: Client, pipeline: Pipeline, scope: str, limits: dict[str, int], words: str
) -> None:
    limit(scope, **limits)
    assert announce(client).status_code == 201
    answer = announce(client)
    assert answer.status_code == 429
    message = answer.json()["message"]
    assert words in message
    assert "00:00 UTC on you can send again" in message
    assert "write to help@uni.example" in message
    assert 0 < int(answer["Retry-After"]) <= 86_400
    assert (Job.objects.count(), Upload.objects.count()) == (1, 1)


def test_what_no_day_takes_is_not_put_off(client: Client, pipeline: Pipeline) -> None:
    limit("email", max_mb=1)
    files = [{"name": f"{n}.txt", "size": 600_000} for n in range(2)]
    answer = announce(client, files=files)
    assert answer.status_code == 429
    assert "send less at once" in answer.json()["message"]
    assert "Retry-After" not in answer


def test_the_site_takes_no_more_while_too_many_jobs_are_open(
    client: Client, pipeline: Pipeline
) -> None:
    limit("site", max_open_jobs=1)
    announce(client)
    answer = announce(client)
    assert answer.status_code == 429
    assert "as many open jobs as it takes" in answer.json()["message"]
    Job.objects.get().move_to(State.CANCELLED)
    assert announce(client).status_code == 201


def test_what_is_announced_twice_under_one_name_is_counted_once(
    client: Client, pipeline: Pipeline
) -> None:
    limit("email", max_uploads=1)
    name = str(uuid4())
    assert [announce(client, announcement=name).status_code for _ in range(3)] == [201, 200, 200]
    assert set(QuotaUse.objects.values_list("uploads", flat=True)) == {1}


def test_what_is_wrong_in_itself_spends_nothing(client: Client, pipeline: Pipeline) -> None:
    announce(client, files=[{"name": "a.exe", "size": 1}])
    announce(client, email="nobody")
    assert not QuotaUse.objects.exists()


def test_letters_large_and_small_are_one_address(client: Client, pipeline: Pipeline) -> None:
    limit("email", max_uploads=1)
    announce(client)
    assert announce(client, email="OLGA@far.example").status_code == 429


def test_one_network_is_counted_as_configured(
    client: Client, pipeline: Pipeline, settings: Settings
) -> None:
    limit("network", max_uploads=1)
    settings.TRUSTED_PROXIES = 1

    def sent_from(address: str) -> int:
        client.defaults["HTTP_X_FORWARDED_FOR"] = address
        return int(announce(client).status_code)

    assert sent_from("2001:db8:1:2::1") == 201
    assert sent_from("192.0.2.7, 2001:db8:1:2::2") == 429
    assert sent_from("2001:db8:1:3::1") == 201


def test_old_counts_go_with_the_housekeeping(client: Client, pipeline: Pipeline) -> None:
    announce(client)
    QuotaUse.objects.update(day=timezone.localdate() - timedelta(days=9))
    tasks.sweep()
    assert not QuotaUse.objects.exists()

"""Who announces: the network as configured, and whether it was done by hand."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from jobs.forms import TRAP
from jobs.models import Job
from jobs.pipeline_page.visitor import network_of, page_stamp
from pipelines.models import Pipeline

PROXY = "10.0.0.1"
FORGED = "198.51.100.66"


def seen(remote: str, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return network_of(RequestFactory(REMOTE_ADDR=remote).get("/", headers=headers))


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),  # a Unix socket
    ],
)
def test_a_network_is_an_address_or_half_of_one(remote: str, network: str) -> None:
    assert seen(remote) == network


def test_nobody_is_believed_who_he_says_he_is_unless_there_is_a_proxy() -> None:
    assert seen("192.0.2.7", FORGED) == "192.0.2.7"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "network"),
    [
        (1, "192.0.2.7", "192.0.2.7"),
        (1, f"{FORGED}, 192.0.2.7", "192.0.2.7"),
        (2, f"{FORGED},192.0.2.7, 203.0.113.1", "192.0.2.7"),
        (1, "2001:db8::1", "2001:db8::/64"),
        (1, None, PROXY),
        (1, "", PROXY),
        (2, FORGED, PROXY),  # fewer than there are proxies: it came another way
        (1, "192.0.2.7, unknown", PROXY),
        (1, "192.0.2.7, <script>", PROXY),
        (1, "192.0.2.999", PROXY),
        (1, "192.0.2.7,", PROXY),
        (1, "\u0661.2.3.4", PROXY),
        (-1, FORGED, PROXY),
    ],
)
def test_only_what_the_sites_own_proxies_added_is_believed(
    settings: Settings, proxies: int, forwarded: str | None, network: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert seen(PROXY, forwarded) == network


# --- by hand ------------------------------------------------------------------------------------


def announce(client: Client, *, origin: str = "https://freeloader.example", **more: Any) -> Any:
    said = {"email": "olga@far.example", "files": [{"name": "a.txt", "size": 5}]} | more
    headers = {"Origin": origin} if origin else {}
    return client.post(
        "/p/word-count/", json.dumps(said), content_type="application/json", headers=headers
    )


def stamped(monkeypatch: pytest.MonkeyPatch, *, age_s: float, slug: str = "word-count") -> str:
    """The stamp of a page that was made so long ago."""
    now = time.time()
    monkeypatch.setattr("jobs.pipeline_page.visitor.time.time", lambda: now - age_s)
    stamp = page_stamp(slug)
    monkeypatch.setattr("jobs.pipeline_page.visitor.time.time", lambda: now)
    return stamp


@pytest.fixture(autouse=True)
def _two_seconds(settings: Settings) -> None:
    settings.MIN_FILL_S = 2


@pytest.mark.django_db
def test_the_page_brings_its_stamp_and_a_field_that_nobody_sees(
    client: Client, pipeline: Pipeline, settings: Settings
) -> None:
    settings.MIN_FILL_S = 0
    page = client.get("/p/word-count/").content.decode()
    stamp = page.split('data-page="')[1].split('"')[0]
    assert announce(client, page=stamp).status_code == 201
    field = next(part for part in page.split("<") if f'name="{TRAP}"' in part)
    assert 'tabindex="-1"' in field
    assert 'autocomplete="off"' in field


@pytest.mark.django_db
@pytest.mark.parametrize("age_s", [2, 3600, 14 * 86_400, 30 * 86_400])
def test_a_page_is_good_after_two_seconds_and_for_weeks(
    client: Client, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, age_s: float
) -> None:
    assert announce(client, page=stamped(monkeypatch, age_s=age_s)).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age_s", "words"),
    [(0, "very quick"), (1.9, "very quick"), (-5, "very quick"), (31 * 86_400, "out of date")],
)
def test_what_is_too_quick_or_too_old_is_refused_kindly(
    client: Client, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, age_s: float, words: str
) -> None:
    answer = announce(client, page=stamped(monkeypatch, age_s=age_s))
    assert answer.status_code == 403
    assert words in answer.json()["message"]
    assert not Job.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("stamp", ["", "x", "a:b", 7, None, ["x"], "\ud800", "WzEsIDJd:sig"])
def test_a_browser_without_the_stamp_of_a_page_is_asked_to_load_it(
    client: Client, pipeline: Pipeline, stamp: Any
) -> None:
    answer = announce(client, page=stamp)
    assert answer.status_code == 403
    assert "load it again" in answer.json()["message"]


@pytest.mark.django_db
def test_the_stamp_of_another_page_is_none(
    client: Client, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = stamped(monkeypatch, age_s=60, slug="other")
    assert announce(client, page=stamp).status_code == 403


@pytest.mark.django_db
def test_a_script_has_no_origin_and_needs_no_page(client: Client, pipeline: Pipeline) -> None:
    assert announce(client, origin="").status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("origin", ["", "https://freeloader.example"])
def test_who_fills_in_what_nobody_sees_is_refused(
    client: Client, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    page = stamped(monkeypatch, age_s=60)
    answer = announce(client, origin=origin, page=page, **{TRAP: "https://pills.example"})
    assert answer.status_code == 403
    assert "should stay empty" in answer.json()["message"]
    assert not Job.objects.exists()

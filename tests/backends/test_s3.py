"""What only the S3 store promises."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import urllib3
from django.core.exceptions import ImproperlyConfigured

from backends.base import StoreError
from backends.s3 import S3Store
from backends.s3_client import client_config, sealed_session
from backends.s3_join import JoinPart, Span
from backends.swift import SwiftStore
from deploy.swift_one import Credentials
from tests.backends.scripted_store import ScriptedStore, scripted_store
from tests.backends.store_bench import send
from tests.backends.store_fixtures import ORIGIN

pytestmark = pytest.mark.live

MISLEADING = {
    "AWS_PROFILE": "nobody",
    "AWS_S3_SESSION_PROFILE": "nobody",
    "AWS_CA_BUNDLE": "/nonexistent/ca.pem",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "somebody else",
    "AWS_SECRET_ACCESS_KEY": "somebody else's",
    "AWS_SESSION_TOKEN": "somebody else's",
    "AWS_DEFAULT_REGION": "mars-1",
    "AWS_MAX_ATTEMPTS": "many",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "nonsense",
    "AWS_CONFIG_FILE": "/nonexistent/config",
}


@pytest.fixture
def script() -> Iterator[ScriptedStore]:
    with scripted_store() as script:
        yield script


def test_the_environment_changes_nothing(
    script: ScriptedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in MISLEADING.items():
        monkeypatch.setenv(name, value)
    store = script.s3()
    store.write("a/1", b"x")
    assert script.paths[-1] == "/contract/a/1"
    query = parse_qs(urlsplit(store.sign_put("a/1", expires_s=60).url).query)
    assert query["X-Amz-Credential"][0].startswith("u:u/")
    assert "us-east-1" in query["X-Amz-Credential"][0]
    assert "X-Amz-Security-Token" not in query


def test_no_variable_has_a_say_in_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in MISLEADING.items():
        monkeypatch.setenv(name, value)
    session = sealed_session("a", "s")
    assert session.available_profiles == []
    assert session.region_name is None
    assert session._session.get_config_variable("ca_bundle") is None


def test_only_the_host_is_signed_so_that_no_header_is_needed(script: ScriptedStore) -> None:
    store = script.s3()
    for signed in (
        store.sign_put("a/1", expires_s=60),
        store.sign_get("a/1", expires_s=60, filename="é.txt"),
        store.sign_parts("a/1", "upload", [1], expires_s=60)[1],
    ):
        query = parse_qs(urlsplit(signed.url).query)
        assert query["X-Amz-SignedHeaders"] == ["host"]
        assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


def test_browsers_are_sent_to_the_public_endpoint(script: ScriptedStore) -> None:
    store = script.s3(public_endpoint_url="https://store.uni.example")
    url = store.sign_put("a/1", expires_s=60).url
    assert url.startswith("https://store.uni.example/contract/a/1?")


def test_more_than_seven_days_cannot_be_signed(script: ScriptedStore) -> None:
    store = script.s3()
    store.sign_get("a/1", expires_s=604_800)
    with pytest.raises(StoreError, match="seven days") as error:
        store.sign_get("a/1", expires_s=604_801)
    assert not error.value.transient


def test_a_store_that_is_copying_is_waited_for(script: ScriptedStore) -> None:
    store = script.s3(timeout_s=0.2)
    store._is_ready = True  # to look for the bucket may take longer than that
    script.slow, script.answers_after_s = ("PUT", "POST"), 0.6
    script.body = b'<Copied><ETag>"e"</ETag></Copied>'
    copied = JoinPart((Span("a/1", 0, 5 * 2**20),), is_copy=True)
    part = store._send_part("a/2", "upload", 1, copied)
    assert (part.number, part.etag) == (1, '"e"')
    script.body = b"<CompleteMultipartUploadResult/>"
    assert store._complete("a/2", "upload", [part])
    script.answers_after_s = 1000
    with pytest.raises(StoreError, match="did not answer"):
        store.begin_parts("a/3")


def test_a_setting_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(ImproperlyConfigured, match="secret_key"):
        S3Store(endpoint_url="http://127.0.0.1:9", bucket_name="b", access_key="a")


def test_a_download_is_saved_under_any_name_and_never_shown(s3_store: S3Store, name: str) -> None:
    s3_store.write(name, b"<script>alert(1)</script>")
    signed = s3_store.sign_get(name, expires_s=60, filename="Ergebnis für\n Zoë.html")
    headers, _ = send(signed)
    shown = "attachment; filename*=utf-8''Ergebnis%20f%C3%BCr%20Zo%C3%AB.html"
    assert headers["Content-Disposition"] == shown
    assert headers["Content-Type"] == "application/octet-stream"


def test_a_download_may_be_resumed(s3_store: S3Store, name: str) -> None:
    s3_store.write(name, b"0123456789")
    headers, body = send(s3_store.sign_get(name, expires_s=60), Range="bytes=7-")
    assert (headers["Content-Range"], body) == ("bytes 7-9/10", b"789")


def test_origins_that_the_operator_allows_need_nothing_more(s3_store: S3Store) -> None:
    assert s3_store.allow_origins([ORIGIN]) == []
    assert list(s3_store.open_uploads("doctor/")) == []


def test_an_origin_that_the_operator_does_not_allow_is_told_with_the_settings(
    s3_store: S3Store,
) -> None:
    (told,) = s3_store.allow_origins([ORIGIN, "https://eve.example"])
    assert "proxy-server.conf" in told
    assert "[filter:s3api]\ncors_preflight_allow_origin = https://eve.example\n" in told
    assert "[app:proxy-server]\ncors_allow_origin = https://eve.example\n" in told


def test_threads_that_need_the_bucket_first_all_find_it_made(swift_one: Credentials) -> None:
    store = S3Store(
        endpoint_url=swift_one.s3_endpoint,
        access_key=swift_one.s3_access_key,
        secret_key=swift_one.s3_secret_key,
        bucket_name=f"fresh-{uuid4().hex}",
    )
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda number: store.write(f"a/{number}", b"x"), range(6)))
    assert len(list(store.list_objects("a/"))) == 6


def test_limits_come_from_the_cluster(s3_store: S3Store) -> None:
    limits = s3_store.limits()
    assert (limits.max_parts, limits.min_part_bytes) == (10000, 5 * 2**20)


@pytest.mark.parametrize("kind", ["part", "whole object"])
def test_a_put_is_held_against_the_sum_that_is_sent_with_it(
    s3_store: S3Store, name: str, kind: str
) -> None:
    header = s3_store.limits().sha256_header
    assert header == "x-amz-checksum-sha256"
    key = s3_store.begin_parts(name)
    part = s3_store.sign_parts(name, key, [1], expires_s=60)[1]
    url = (part if kind == "part" else s3_store.sign_put(name, expires_s=60)).url
    sums = {data: b64encode(hashlib.sha256(data).digest()).decode() for data in (b"sent", b"meant")}

    assert _put(url, b"sent", {header: sums[b"meant"]}) == 400
    assert s3_store.stored_parts(name, key) == []
    assert not s3_store.exists(name)
    assert _put(url, b"sent", {header: sums[b"sent"]}) == 200

    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": header}
    leave = urllib3.request("OPTIONS", url, headers={"Origin": ORIGIN, **asked})
    assert header in leave.headers["Access-Control-Allow-Headers"]
    s3_store.abort_parts(name, key)


def _put(url: str, data: bytes, headers: dict[str, str]) -> int:
    return urllib3.request("PUT", url, body=data, headers=headers).status


def test_with_a_native_key_small_objects_are_stored_by_forms(
    swift_one: Credentials, s3_store: S3Store, swift_store: SwiftStore, name: str
) -> None:
    assert s3_store.sign_form(name, max_files=1, max_bytes=5, expires_s=60) is None

    s3_store.write(name, b"")  # the bucket is there
    swift_store._client.connection().post_container(
        "contract-s3", {"X-Container-Meta-Temp-URL-Key": "k"}
    )
    native = swift_store._client.storage_url()
    store = _opened(swift_one, native_url=native, temp_url_key="k")
    form = store.sign_form(name, max_files=1, max_bytes=5, expires_s=60)
    assert form is not None
    fields: list[tuple[str, Any]] = [*form.fields.items(), ("file", ("-a", b"hello", "text/plain"))]
    answer = urllib3.request("POST", form.url, fields=fields, headers={"Origin": ORIGIN})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (201, ORIGIN)
    assert s3_store.read(f"{name}-a", max_bytes=9) == b"hello"


def _opened(swift: Credentials, *, native_url: str, temp_url_key: str) -> S3Store:
    return S3Store(
        endpoint_url=swift.s3_endpoint, access_key=swift.s3_access_key, bucket_name="contract-s3",
        secret_key=swift.s3_secret_key, region_name=swift.region, native_url=native_url,
        temp_url_key=temp_url_key,
    )  # fmt: skip


def test_a_store_that_is_dead_is_asked_twice_and_each_time_for_as_long_as_is_set() -> None:
    config: Any = client_config(7.0)
    assert (config.connect_timeout, config.read_timeout) == (5.0, 7.0)
    assert config.retries["total_max_attempts"] == 2

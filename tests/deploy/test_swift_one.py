"""The one-process Swift, started for real: it needs nothing but PyPI's `swift`."""

import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import boto3
import pytest
import swiftclient
from botocore.config import Config
from swiftclient.utils import generate_temp_url

from deploy.swift_one import Credentials, credentials
from deploy.swift_one.cache import DictCache
from deploy.swift_one.config import container_conf, object_conf, proxy_conf
from deploy.swift_one.layout import Layout

CHECKOUT = Path(__file__).resolve().parents[2]
ORIGIN = "http://127.0.0.1:8000"
live = pytest.mark.live


@contextmanager
def running_store(root: Path) -> Iterator[Credentials]:
    command = [sys.executable, "-m", "deploy.swift_one", str(root), "--port", "0"]
    with subprocess.Popen(
        [*command, "--origins", ORIGIN, "--die-with-parent"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            assert ready.startswith("READY http://127.0.0.1:"), ready
            yield credentials(root, int(ready.split()[1].rsplit(":", 1)[1]))
        finally:
            process.terminate()
            process.wait(timeout=60)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Credentials]:
    with running_store(tmp_path_factory.mktemp("swift")) as opened:
        yield opened


def s3_client(store: Credentials) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=store.s3_endpoint,
        aws_access_key_id=store.s3_access_key,
        aws_secret_access_key=store.s3_secret_key,
        region_name=store.region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


def request(url: str, method: str, data: bytes | None = None, **headers: str) -> tuple[int, Any]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    wanted = urllib.request.Request(url, data=data, method=method, headers=names)
    with urllib.request.urlopen(wanted, timeout=120) as answer:
        return answer.status, answer.headers


@live
def test_an_object_put_by_s3_is_read_back_by_s3(store: Credentials) -> None:
    s3 = s3_client(store)
    s3.create_bucket(Bucket="ada-uploads")
    s3.put_object(Bucket="ada-uploads", Key="1/reads.txt", Body=b"ACGT")
    assert s3.get_object(Bucket="ada-uploads", Key="1/reads.txt")["Body"].read() == b"ACGT"


@live
def test_a_tempurl_puts_and_gets_until_it_is_tampered_with(store: Credentials) -> None:
    native = swiftclient.Connection(store.auth_url, store.user, store.key)
    native.post_account({"X-Account-Meta-Temp-URL-Key": "made-up"})
    native.put_container("results")
    path = store.storage_url.removeprefix(store.s3_endpoint) + "/results/a"
    put, get = (generate_temp_url(path, 60, "made-up", m, digest="sha256") for m in ("PUT", "GET"))

    request(store.s3_endpoint + put, "PUT", b"42")
    with urllib.request.urlopen(store.s3_endpoint + get, timeout=30) as answer:
        assert answer.read() == b"42"
    with pytest.raises(HTTPError, match="401"):
        request(store.s3_endpoint + get.replace("/results/a", "/results/b"), "GET")
    native.close()


@live
def test_a_browser_may_put_to_a_signed_url_from_the_named_origin_only(store: Credentials) -> None:
    s3 = s3_client(store)
    s3.create_bucket(Bucket="olga-uploads")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "olga-uploads", "Key": "x"})

    def preflight(origin: str) -> tuple[int, Any]:
        return request(url, "OPTIONS", Origin=origin, Access_Control_Request_Method="PUT")

    status, headers = preflight(ORIGIN)
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    with pytest.raises(HTTPError, match="401"):
        preflight("http://evil.example")
    _, headers = request(url, "PUT", b"", Origin=ORIGIN)
    assert "etag" in headers["Access-Control-Expose-Headers"].lower()


@live
def test_an_object_past_its_date_leaves_the_listing_too(store: Credentials) -> None:
    native = swiftclient.Connection(store.auth_url, store.user, store.key)
    native.put_container("short-lived")
    native.put_object("short-lived", "gone", b"1", headers={"X-Delete-After": "1"})
    deadline = time.monotonic() + 200
    while native.get_container("short-lived")[1]:
        assert time.monotonic() < deadline, "the expirer did not come"
    native.close()


@live
def test_a_restart_keeps_the_data_and_the_key(tmp_path: Path) -> None:
    with running_store(tmp_path) as first:
        s3 = s3_client(first)
        s3.create_bucket(Bucket="kept")
        s3.put_object(Bucket="kept", Key="a", Body=b"still here")
    with running_store(tmp_path) as second:
        assert second.key == first.key
        kept = s3_client(second).get_object(Bucket="kept", Key="a")
        assert kept["Body"].read() == b"still here"


def test_the_key_is_random_and_for_its_owner_only(tmp_path: Path) -> None:
    key = credentials(tmp_path / "one", 8080).key
    assert len(key) == 64
    assert key == credentials(tmp_path / "one", 8080).key
    assert key != credentials(tmp_path / "two", 8080).key
    assert stat.S_IMODE((tmp_path / "one" / "key").stat().st_mode) == 0o600


def test_no_origin_is_let_in_unless_named(tmp_path: Path) -> None:
    lines = proxy_conf(Layout(tmp_path), 8080, "made-up", []).splitlines()
    assert "cors_allow_origin = " in lines
    assert "cors_preflight_allow_origin = " in lines


def test_an_answer_waits_for_the_listing_also_where_the_machine_stands_still(
    tmp_path: Path,
) -> None:
    patient = {"node_timeout = 60", "conn_timeout = 10"}
    for conf in (object_conf, container_conf):
        assert patient <= set(conf(Layout(tmp_path), 6200).splitlines())
    assert "container_update_timeout = 60" in object_conf(Layout(tmp_path), 6200).splitlines()


def test_the_cache_forgets_what_has_expired() -> None:
    cache = DictCache()
    cache.set("token", "t", time=60)
    cache.set("stale", "t", time=time.time() - 1)
    assert (cache.get("token"), cache.get("stale"), cache.get("never")) == ("t", None, None)
    assert (cache.incr("count"), cache.incr("count", 2), cache.decr("count", 9)) == (1, 3, 0)

"""A real Swift for the live tests of the store, and the stores that the contract runs on."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from backends.base import Store
from backends.memory import MemoryStore
from backends.s3 import S3Store
from backends.swift import SwiftStore
from deploy.swift_one import Credentials, credentials
from tests.backends.store_bench import (
    MemoryBench,
    RoutedBench,
    S3Bench,
    StoreBench,
    SwiftBench,
)

CHECKOUT = Path(__file__).resolve().parents[2]
ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def swift_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Credentials]:
    """A Swift on a free port of 127.0.0.1, whose operator allows browsers from `ORIGIN`."""
    with started_swift(tmp_path_factory.mktemp("swift_one"), ORIGIN) as swift:
        yield swift


@contextmanager
def started_swift(root: Path, origins: str) -> Iterator[Credentials]:
    """A Swift on a free port whose operator allows browsers from `origins`, until the end."""
    command = [sys.executable, "-m", "deploy.swift_one", str(root), "--port", "0"]
    with subprocess.Popen(
        [*command, "--origins", origins, "--die-with-parent"],
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


@pytest.fixture(scope="session")
def swift_store(swift_one: Credentials) -> SwiftStore:
    return native_store(swift_one, "contract")


@pytest.fixture(scope="session")
def s3_store(swift_one: Credentials) -> S3Store:
    return store_by_s3(swift_one, "contract-s3")


def native_store(swift: Credentials, container: str, storage_policy: str = "") -> SwiftStore:
    store = SwiftStore(
        auth_url=swift.auth_url,
        user=swift.user,
        key=swift.key,
        container=container,
        storage_policy=storage_policy,
        page_size=2,
    )
    _make_container(store)
    return store


def store_by_s3(swift: Credentials, bucket: str, storage_policy: str = "") -> S3Store:
    store = S3Store(
        endpoint_url=swift.s3_endpoint,
        access_key=swift.s3_access_key,
        secret_key=swift.s3_secret_key,
        region_name=swift.region,
        bucket_name=bucket,
        storage_policy=storage_policy,
        page_size=2,
    )
    _make_container(store)
    return store


def _make_container(store: Store) -> None:
    """By a first object, as on a new site: a test that only looks would be told that it is lost."""
    store.write("first", b"")
    store.delete("first")


@pytest.fixture(scope="session")
def cheap_swift_store(swift_one: Credentials) -> SwiftStore:
    return native_store(swift_one, "contract-cheap", "cheap")


@pytest.fixture(scope="session")
def cheap_s3_store(swift_one: Credentials) -> S3Store:
    return store_by_s3(swift_one, "contract-s3-cheap", "cheap")


@pytest.fixture(
    params=[
        "memory",
        "memory in two",
        pytest.param("swift", marks=pytest.mark.live),
        pytest.param("s3", marks=pytest.mark.live),
        pytest.param("s3 in two", marks=pytest.mark.live),
    ]
)
def bench(request: pytest.FixtureRequest) -> StoreBench:
    """One store of each kind in turn, also as two: what is true of one is true of all.

    Of real ones S3 alone is two here; on both APIs `tests/live/test_expiry.py` has a site on two.
    """
    kind, _, in_two = request.param.partition(" ")
    one = _bench(kind, request)
    return RoutedBench(one, _bench(kind, request, "cheap_")) if in_two else one


def _bench(kind: str, request: pytest.FixtureRequest, which: str = "") -> StoreBench:
    if kind == "memory":
        return MemoryBench(MemoryStore())
    if kind == "swift":
        return SwiftBench(request.getfixturevalue(f"{which}swift_store"))
    native = request.getfixturevalue("swift_store")
    return S3Bench(request.getfixturevalue(f"{which}s3_store"), native)


@pytest.fixture
def name() -> str:
    """An object name that no other test has."""
    return f"uploads/{uuid4()}/1"

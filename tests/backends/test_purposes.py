"""Purposes with containers of their own: who has what, and what a change of mind does to it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from backends import purposes
from backends.base import Shelf
from backends.memory import MemoryStore
from backends.purposes import PurposeStore, RoutedStore
from backends.s3 import S3Store
from backends.swift import SwiftStore
from deploy.swift_one import Credentials
from tests.backends.store_bench import eventually, read_all

Three = tuple[RoutedStore, MemoryStore, MemoryStore]
MEMORY = "backends.memory.MemoryStore"


@pytest.fixture
def three() -> Three:
    """A store in two: the whole, the common one, and that of results."""
    common, results = MemoryStore(), MemoryStore()
    return RoutedStore(common, {"results/": results}), common, results


def names(store: MemoryStore | RoutedStore) -> list[str]:
    return [stored.name for stored in store.list_objects("")]


def test_an_object_is_kept_where_its_name_belongs(three: Three) -> None:
    store, common, results = three
    store.write("results/1/a", b"made")
    store.write("uploads/1/1", b"sent")
    assert (names(common), names(results)) == (["uploads/1/1"], ["results/1/a"])
    assert names(store) == ["results/1/a", "uploads/1/1"]
    assert store.count("").objects == 2


def test_what_began_in_the_common_container_ends_there(three: Three) -> None:
    store, common, results = three
    common.write("results/old/1/0", b"from before")
    store.write("results/old/1/manifest.json", b"{}")
    store.write("results/new/1/0", b"from now on")
    assert names(common) == ["results/old/1/0", "results/old/1/manifest.json"]
    assert names(results) == ["results/new/1/0"]
    assert read_all(store, "results/old/1/0") == b"from before"
    joined = store.join("results/old/whole/1", ["results/old/1/0"])
    assert common.stat(joined.name) == joined


def test_an_upload_by_parts_that_is_open_stays_where_it_is(three: Three) -> None:
    store, common, _results = three
    key = common.begin_parts("results/old/whole/1")
    common.send(common.sign_parts("results/old/whole/1", key, [1], expires_s=60)[1], b"part")
    stored = store.stored_parts("results/old/whole/1", key)
    assert store.complete_parts("results/old/whole/1", key, stored).size_bytes == 4
    assert names(common) == ["results/old/whole/1"]


def test_what_comes_late_into_the_common_container_is_found_within_a_minute(
    three: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, common, _results = three
    assert not store.exists("results/old/1/0")
    common.write("results/old/1/0", b"by a URL of before")
    assert not store.exists("results/old/1/0")
    monkeypatch.setattr(purposes, "OLDER_ASKED_EVERY_S", 0.0)
    assert store.exists("results/old/1/0")


def test_what_lies_in_the_wrong_place_is_listed_and_deleted(three: Three) -> None:
    store, common, results = three
    results.write("doctor/1", b"an interrupted look")
    common.write("results/1/a", b"x")
    results.write("results/1/a", b"x")
    assert names(store) == ["doctor/1", "results/1/a", "results/1/a"]
    for name in ("doctor/1", "results/1/a"):
        store.delete(name)
    assert names(store) == []


def test_pages_are_let_in_everywhere(three: Three) -> None:
    store, common, results = three
    assert len(store.allow_origins(["https://a.example"], only_look=True)) == 1  # told once
    assert store.allow_origins(["https://a.example"]) == []
    assert common.origins == results.origins == ["https://a.example"]


def options(**purpose: Any) -> dict[str, Any]:
    return {"backend": MEMORY, "purposes": {"results/": purpose}}


def test_two_purposes_in_one_container_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="container of its own"):
        PurposeStore(**options())


def test_a_purpose_that_is_no_directory_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="slash"):
        PurposeStore(backend=MEMORY, purposes={"results": {}})


@pytest.mark.live
def test_swift_makes_the_container_with_its_policy_and_says_so(
    cheap_swift_store: SwiftStore, swift_store: SwiftStore
) -> None:
    assert cheap_swift_store.shelf() == Shelf("contract-cheap", "cheap", "cheap")
    assert swift_store.shelf() == Shelf("contract", "standard", "")
    assert swift_store.policies() == ["standard", "cheap"]


@pytest.mark.live
def test_a_bucket_is_made_with_its_policy_too(
    cheap_s3_store: S3Store, swift_one: Credentials
) -> None:
    assert cheap_s3_store.policies() == ["standard", "cheap"]
    native = SwiftStore(
        auth_url=swift_one.auth_url, user=swift_one.user, key=swift_one.key,
        container="contract-s3-cheap",
    )  # fmt: skip
    assert native.shelf().policy == "cheap"
    cheap_s3_store.delete("uploads/x/1")
    key = cheap_s3_store.begin_parts("uploads/x/1")  # the segments' container inherits it
    cheap_s3_store.abort_parts("uploads/x/1", key)
    segments = SwiftStore(
        auth_url=swift_one.auth_url, user=swift_one.user, key=swift_one.key,
        container="contract-s3-cheap+segments",
    )  # fmt: skip
    assert eventually(lambda: segments.shelf().policy == "cheap")


@pytest.mark.live
@pytest.mark.parametrize("kind", ["swift", "s3"])
def test_a_site_names_its_purposes_in_its_settings(kind: str, swift_one: Credentials) -> None:
    told: dict[str, Any]
    if kind == "swift":
        told = {"backend": "backends.swift.SwiftStore", "auth_url": swift_one.auth_url,
                "user": swift_one.user, "key": swift_one.key, "container": "purposes",
                "purposes": {"results/": {"container": "purposes-results",
                                          "storage_policy": "cheap"}}}  # fmt: skip
    else:
        told = {"backend": "backends.s3.S3Store", "endpoint_url": swift_one.s3_endpoint,
                "access_key": swift_one.s3_access_key, "secret_key": swift_one.s3_secret_key,
                "region_name": swift_one.region, "bucket_name": "purposes-s3",
                "purposes": {"results/": {"bucket_name": "purposes-s3-results",
                                          "storage_policy": "cheap"}}}  # fmt: skip
    store = PurposeStore(**told)
    store.write("results/1/a", b"made")
    place = store.places()["results/"]
    assert [stored.name for stored in place.list_objects("")] == ["results/1/a"]
    assert place.shelf().wanted == "cheap"
    store.delete("results/1/a")
    assert not store.count("")

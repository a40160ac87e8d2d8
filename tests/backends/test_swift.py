"""What only the store over Swift's own API promises; against a real Swift."""

import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from backends.base import SignedRequest, StoreError
from backends.swift import SwiftStore
from deploy.swift_one import Credentials
from tests.backends.store_bench import SwiftBench, read_all, send
from tests.backends.store_fixtures import ORIGIN

pytestmark = pytest.mark.live
OpenStore = Callable[..., SwiftStore]
YEAR_S = 365 * 86400
FROM_A_PAGE = {"Origin": ORIGIN}


@pytest.fixture
def open_store(swift_one: Credentials) -> OpenStore:
    def opened(container: str, **options: str) -> SwiftStore:
        return SwiftStore(
            auth_url=swift_one.auth_url,
            user=swift_one.user,
            key=swift_one.key,
            container=container,
            **options,  # type: ignore[arg-type]
        )

    return opened


@pytest.fixture
def container() -> str:
    """A container that nobody has made yet."""
    return f"fresh-{uuid4().hex}"


def test_two_hosts_sign_alike_without_a_word_between_them(
    open_store: OpenStore, container: str
) -> None:
    first, second = open_store(container), open_store(container)
    send(first.sign_put("a/1", expires_s=60), b"one")
    send(second.sign_put("a/2", expires_s=60), b"two")
    assert read_all(first, "a/2") == b"two"


def test_a_new_key_leaves_good_what_was_signed_with_the_old_one(
    open_store: OpenStore, container: str
) -> None:
    store = open_store(container, temp_url_key="old")
    store.write("a/1", b"x")
    mailed = store.sign_get("a/1", expires_s=60)
    fresh = open_store(container, temp_url_key="new").sign_get("a/1", expires_s=60)
    assert send(mailed)[1] == send(fresh)[1] == b"x"


def test_a_signed_request_may_live_for_a_year(swift_store: SwiftStore, name: str) -> None:
    swift_store.write(name, b"x")
    assert send(swift_store.sign_get(name, expires_s=YEAR_S))[1] == b"x"


def test_browsers_are_sent_to_the_public_url(
    open_store: OpenStore, container: str, swift_one: Credentials
) -> None:
    public = swift_one.storage_url.replace("127.0.0.1", "localhost")
    store = open_store(container, storage_url=public)
    store.write("a/1", b"x")
    signed = store.sign_get("a/1", expires_s=60)
    assert signed.url.startswith(f"{public}/{container}/a/1?")
    assert send(signed)[1] == b"x"


def test_a_download_is_saved_under_any_name_and_never_shown(
    swift_store: SwiftStore, name: str
) -> None:
    swift_store.write(name, b"<script>alert(1)</script>")
    headers, _ = send(swift_store.sign_get(name, expires_s=60, filename="für\n Zoë.html"))
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''f%C3%BCr%20Zo%C3%AB.html" in headers["Content-Disposition"]
    assert headers["Content-Type"] == "application/octet-stream"


def test_a_download_of_parts_may_be_resumed(swift_store: SwiftStore, name: str) -> None:
    SwiftBench(swift_store).make(name, [b"01234", b"56789"])
    headers, body = send(swift_store.sign_get(name, expires_s=60), Range="bytes=3-6")
    assert (headers["Content-Range"], body) == ("bytes 3-6/10", b"3456")


def test_a_part_that_was_not_named_is_removed(swift_store: SwiftStore, name: str) -> None:
    bench = SwiftBench(swift_store)
    key = bench.upload(name, [b"one", b"two", b"three"])
    swift_store.complete_parts(name, key, swift_store.stored_parts(name, key)[:2])
    assert len(bench.remains(name)) == 3  # the manifest and two segments


def test_what_a_browser_sends_after_the_abort_goes_with_the_object(
    swift_store: SwiftStore, name: str
) -> None:
    bench = SwiftBench(swift_store)
    key = bench.upload(name, [b"one"])
    late = swift_store.sign_parts(name, key, [2], expires_s=60)[2]
    swift_store.abort_parts(name, key)
    bench.send(late, b"late")
    assert bench.remains(name)
    swift_store.delete(name)
    assert bench.remains(name) == []


def test_a_part_changed_after_completion_is_never_read(swift_store: SwiftStore, name: str) -> None:
    bench = SwiftBench(swift_store)
    key = bench.upload(name, [b"clean"])
    held = swift_store.sign_parts(name, key, [1], expires_s=60)[1]
    swift_store.complete_parts(name, key, swift_store.stored_parts(name, key))
    bench.send(held, b"virus")
    with pytest.raises(StoreError, match="changed since") as error:
        read_all(swift_store, name)
    assert not error.value.transient


def test_segments_are_not_listed_as_objects(open_store: OpenStore, container: str) -> None:
    store = open_store(container)
    SwiftBench(store).make("a/1", [b"one", b"two"])
    assert [found.name for found in store.list_objects("")] == ["a/1"]


def test_more_pieces_than_a_manifest_takes_are_refused(swift_store: SwiftStore, name: str) -> None:
    swift_store.write(name, b"x")
    with pytest.raises(StoreError, match="the store takes 10000"):
        swift_store.join(f"{name}/all", [name] * 10001)


def test_pages_of_an_allowed_origin_may_send_parts(open_store: OpenStore, container: str) -> None:
    """The tenant alone can allow this, whatever the operator's own list says."""
    store = open_store(container)
    assert store.allow_origins(["https://uploads.uni.example"]) == []
    signed = store.sign_parts("a/1", store.begin_parts("a/1"), [1], expires_s=60)[1]
    asked = {"Origin": "https://uploads.uni.example", "Access-Control-Request-Method": "PUT"}
    assert origin_allowed(signed, "OPTIONS", asked) == "https://uploads.uni.example"
    assert origin_allowed(signed, "PUT", asked) == "https://uploads.uni.example"


def origin_allowed(signed: SignedRequest, method: str, headers: dict[str, str]) -> str | None:
    data = b"x" if method == "PUT" else None
    request = urllib.request.Request(signed.url, method=method, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        found: str | None = answer.headers["Access-Control-Allow-Origin"]
    return found


def test_limits_come_from_the_cluster(swift_store: SwiftStore) -> None:
    limits = swift_store.limits()
    assert (limits.max_parts, limits.min_part_bytes) == (10000, 1)


def test_a_wrong_key_is_told_without_being_shown(swift_one: Credentials) -> None:
    store = SwiftStore(auth_url=swift_one.auth_url, user=swift_one.user, key="wr0ng", container="c")
    with pytest.raises(StoreError, match="credentials") as error:
        store.write("a/1", b"x")
    assert error.value.transient
    assert "wr0ng" not in error.value.message


def test_a_form_stores_many_small_objects_and_nothing_else(
    swift_store: SwiftStore, name: str
) -> None:
    prefix = name.removesuffix("1")
    form = swift_store.sign_form(prefix, max_files=2, max_bytes=5, expires_s=60)
    assert form is not None

    def post(files: dict[str, bytes], fields: Mapping[str, str], to: str = "") -> int:
        parts: list[tuple[str, Any]] = [*fields.items()]
        parts += [("file", (called, data, "text/plain")) for called, data in files.items()]
        return urllib3.request("POST", form.url + to, fields=parts, headers=FROM_A_PAGE).status

    assert post({"1": b"hello", "2": b""}, form.fields) == 201
    stored = {
        row.name.removeprefix(prefix): row.size_bytes for row in swift_store.list_objects(prefix)
    }
    assert stored == {"1": 5, "2": 0}

    assert post({"3": b"longer"}, form.fields) == 400
    assert post({"3": b"", "4": b"", "5": b""}, form.fields) == 400
    assert post({"6": b"x"}, {**form.fields, "max_file_size": "99"}) == 401
    assert post({"6": b"x"}, form.fields, to="elsewhere") == 401
    late = swift_store.sign_form(prefix, max_files=2, max_bytes=5, expires_s=-1)
    assert late is not None
    assert post({"6": b"x"}, late.fields) == 401
    assert not swift_store.exists(f"{prefix}6")


def test_a_page_may_see_that_a_form_was_taken_without_asking_leave(
    swift_store: SwiftStore, name: str
) -> None:
    assert swift_store.allow_origins([ORIGIN]) == []
    form = swift_store.sign_form(name, max_files=1, max_bytes=5, expires_s=60)
    assert form is not None
    fields: list[tuple[str, Any]] = [*form.fields.items(), ("file", ("1", b"x", "text/plain"))]
    answer = urllib3.request("POST", form.url, fields=fields, headers=FROM_A_PAGE)
    assert answer.headers.get("Access-Control-Allow-Origin") == ORIGIN

"""What becomes of the libraries' errors, seen over real HTTP with a server that misbehaves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.base import ObjectNotFound, Store, StoreError
from backends.store_errors import refused, unanswered
from backends.swift import SwiftStore
from tests.backends.scripted_store import SECRET, STORES, ScriptedStore, scripted_store
from tests.backends.store_bench import read_all, silent_server, untrusted_server

pytestmark = pytest.mark.live

MakeStore = Callable[[ScriptedStore], Store]


@pytest.fixture
def script() -> Iterator[ScriptedStore]:
    with scripted_store() as script:
        yield script


@pytest.mark.parametrize("status", [408, 425, 429, 498, 499, 500, 502, 503, 504, 507])
def test_a_passing_trouble_is_worth_another_try(status: int) -> None:
    assert refused("read x", status).transient


@pytest.mark.parametrize("status", [None, 301, 401, 402, 403, 404, 407, 413])
def test_a_fault_of_the_site_waits_for_the_operator(status: int | None) -> None:
    error = refused("read x", status)
    assert error.transient
    assert status == 402 or "operator has to" in error.message


@pytest.mark.parametrize("status", [400, 405, 409, 411, 412, 416, 422, 501])
def test_a_refusal_of_the_request_itself_is_final(status: int) -> None:
    assert not refused("read x", status).transient


def test_messages_are_sentences_for_a_pi() -> None:
    assert refused("read results/1", 403).message == (
        "The object store would not read results/1: this site's credentials do not allow it; "
        "the operator has to look at their rights (HTTP status 403)."
    )
    assert unanswered("read results/1").message == (
        "The object store did not answer when asked to read results/1; this is tried again."
    )


@pytest.mark.parametrize("make", STORES)
@pytest.mark.parametrize(
    ("status", "transient"), [(400, False), (403, True), (407, True), (413, True), (503, True)]
)
def test_a_status_becomes_an_error_without_address_or_secret(
    script: ScriptedStore, make: MakeStore, status: int, transient: bool
) -> None:
    script.status = status
    store = make(script)
    for ask in (lambda: store.stat("a/1"), lambda: store.write("a/1", b"x")):
        with pytest.raises(StoreError) as error:
            ask()
        assert error.value.transient is transient
        assert "a/1" in error.value.message
        assert SECRET not in error.value.message
        assert "http" not in error.value.message
        assert "127.0.0.1" not in error.value.message


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
def test_a_log_in_that_is_refused_waits_for_the_operator(
    script: ScriptedStore, status: int
) -> None:
    script.login_status = status
    with pytest.raises(StoreError, match=r"let this site log in.*operator") as error:
        script.swift().stat("a/1")
    assert error.value.transient
    assert SECRET not in error.value.message


@pytest.mark.parametrize("make", STORES)
@pytest.mark.parametrize("status", [400, 403, 405])
def test_a_container_that_cannot_be_looked_at_waits_for_the_operator(
    script: ScriptedStore, make: MakeStore, status: int
) -> None:
    script.container_status = status
    with pytest.raises(StoreError, match="operator has to look") as error:
        make(script).write("a/1", b"x")
    assert error.value.transient


def test_a_quota_is_known_behind_the_words_of_the_s3_api(script: ScriptedStore) -> None:
    script.status = 400
    script.body = (
        b"<Error><Code>EntityTooLarge</Code><Message>Upload exceeds quota.</Message></Error>"
    )
    with pytest.raises(StoreError, match="quota is used up") as error:
        script.s3().write("a/1", b"x")
    assert error.value.transient


@pytest.mark.parametrize("make", STORES)
def test_a_container_that_is_lost_takes_no_job_with_it(
    script: ScriptedStore, make: MakeStore
) -> None:
    store = make(script)
    store.write("a/1", b"x")
    script.status = script.container_status = 404
    asks = (
        lambda: store.stat("a/1"),
        lambda: read_all(store, "a/1"),
        lambda: list(store.list_objects("")),
    )
    for ask in asks:
        with pytest.raises(StoreError, match="container") as error:
            ask()
        assert error.value.transient


@pytest.mark.parametrize("make", STORES)
def test_a_certificate_that_nobody_trusts_waits_for_the_operator(
    make: MakeStore, tmp_path: Path
) -> None:
    with untrusted_server(tmp_path) as url:
        store = make(ScriptedStore(url))
        for ask in (lambda: store.stat("a/1"), store.limits):
            with pytest.raises(StoreError, match=r"certificate.*operator has to look") as error:
                ask()
            assert error.value.transient


@pytest.mark.parametrize("make", STORES)
def test_a_404_is_an_object_that_is_not_there(script: ScriptedStore, make: MakeStore) -> None:
    script.status = 404
    with pytest.raises(ObjectNotFound):
        make(script).stat("a/1")


@pytest.mark.parametrize("make", STORES)
def test_a_body_that_breaks_off_is_not_taken_for_the_whole(
    script: ScriptedStore, make: MakeStore
) -> None:
    store = make(script)
    script.status, script.body, script.announced_bytes = 206, b"0123456789", 100
    with pytest.raises(StoreError) as error:
        read_all(store, "a/1", start=5)
    assert error.value.transient


@pytest.mark.parametrize("make", STORES)
def test_a_page_that_is_no_answer_of_a_store_is_no_limit(
    script: ScriptedStore, make: MakeStore
) -> None:
    script.body = b"<html>Welcome to the campus portal</html>"
    assert make(script).limits().max_parts == 1000


def test_a_stale_token_is_renewed_without_a_word(script: ScriptedStore) -> None:
    script.is_token_stale = True
    script.swift().write("a/1", b"x")
    assert script.logins == 2
    assert script.paths[-1] == "/v1/AUTH_u/contract/a/1"


def test_a_store_that_never_answers_is_given_up_after_two_timeouts() -> None:
    with silent_server() as (url, calls):
        store = SwiftStore(
            auth_url=f"{url}/auth/v1.0", user="u:u", key=SECRET, container="c", timeout_s=0.3
        )
        with pytest.raises(StoreError) as error:
            store.stat("a/1")
        assert calls() == 2
    assert error.value.transient

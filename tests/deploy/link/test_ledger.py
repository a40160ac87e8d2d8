"""What a link remembers; and all of it before a real store."""

from __future__ import annotations

import http.client
from contextlib import closing
from pathlib import Path

import pytest

from backends.base import Store
from backends.s3 import S3Store
from backends.swift import SwiftStore
from deploy.link import Exchange, Ledger, Link
from deploy.swift_one import Credentials
from tests.deploy.link.server import (
    PART,
    WITHIN_S,
)
from tests.deploy.test_swift_one import ORIGIN, running_store


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (f"{PART}?temp_url_sig=ab&temp_url_expires=9", PART),
        ("/b/uploads/u/1?partNumber=3&uploadId=k&X-Amz-Signature=ab&X-Amz-Date=1",
         "/b/uploads/u/1?partNumber=3&uploadId=k"),
        ("/b/uploads/u/1?X-Amz-Signature=ab", "/b/uploads/u/1"),
        ("/p/a/?x=1", "/p/a/?x=1"),
    ],
)  # fmt: skip
def test_a_path_in_the_ledger_names_the_part_and_not_its_signature(target: str, path: str) -> None:
    assert Ledger().begin("PUT", target).path == path


def noted(ledger: Ledger, method: str, target: str, status: int | None, sent_bytes: int) -> None:
    ledger.note(ledger.begin(method, target), status=status, sent_bytes=sent_bytes)


def test_only_what_was_stored_more_than_once_was_sent_twice() -> None:
    ledger = Ledger()
    for number, status in ((1, 201), (1, 201), (1, 200), (2, None), (2, 201), (3, 403), (4, 201)):
        noted(ledger, "PUT", f"/b/k?partNumber={number}&X-Amz-Date={status}", status, 10)
    noted(ledger, "GET", "/b/k?partNumber=4", 200, 0)
    noted(ledger, "GET", "/b/k?partNumber=4", 200, 0)
    assert ledger.stored_twice() == {"/b/k?partNumber=1": 3}
    assert ledger.parts_sent_twice() == 2
    assert ledger.bytes_sent_twice() == 20 + 10 + 10  # stored again, broken off, refused
    assert ledger.sent_bytes == 70


def test_a_part_is_resent_only_by_a_request_that_began_after_it_was_stored() -> None:
    ledger = Ledger()
    early, overlapping = ledger.begin("PUT", "/b/1"), ledger.begin("PUT", "/b/1")
    ledger.note(early, sent_bytes=10, status=201)
    ledger.note(overlapping, sent_bytes=10, status=201)
    ledger.begin("PUT", "/b/1")  # of which no byte came
    assert (ledger.stored_twice(), ledger.resent()) == ({"/b/1": 2}, [])
    ledger.note(ledger.begin("PUT", "/b/1"), sent_bytes=1)
    assert ledger.resent() == ["/b/1"]


def test_what_a_ledger_has_told_does_not_change() -> None:
    ledger = Ledger()
    row = ledger.begin("PUT", "/a")
    told = ledger.exchanges
    ledger.note(row, status=201)
    assert told == [Exchange("PUT", "/a", began=1)]


# --- with a real store ---


def stores(swift: Credentials, link: Link) -> dict[str, Store]:
    native = SwiftStore(
        auth_url=swift.auth_url, user=swift.user, key=swift.key, container="linked",
        storage_url=f"{link.url}/v1/{swift.account}",
    )  # fmt: skip
    s3 = S3Store(
        endpoint_url=swift.s3_endpoint, bucket_name="linked-s3", access_key=swift.s3_access_key,
        secret_key=swift.s3_secret_key, region_name=swift.region, public_endpoint_url=link.url,
    )  # fmt: skip
    return {"swift": native, "s3": s3}


@pytest.mark.live
def test_signed_urls_of_a_real_store_are_good_for_its_link(tmp_path: Path) -> None:
    with running_store(tmp_path) as swift, Link(swift.s3_endpoint) as link:
        for kind, store in stores(swift, link).items():
            assert store.allow_origins([ORIGIN]) == [], kind
            key = store.begin_parts("uploads/u/1")
            url = store.sign_parts("uploads/u/1", key, [3], expires_s=60)[3].url
            target = url.removeprefix(link.url)
            call = http.client.HTTPConnection("127.0.0.1", link.port, timeout=WITHIN_S)
            with closing(call):
                asking = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
                call.request("OPTIONS", target, headers=asking)
                answer = call.getresponse()
                answer.read()
                assert answer.headers["Access-Control-Allow-Origin"] in (ORIGIN, "*")
                for _ in range(2):
                    call.request("PUT", target, b"hello", {"Origin": ORIGIN})
                    answer = call.getresponse()
                    answer.read()
                    assert answer.status in (200, 201)
            assert [part.number for part in store.stored_parts("uploads/u/1", key)] == [3]
        assert list(link.ledger.stored_twice().values()) == [2, 2]

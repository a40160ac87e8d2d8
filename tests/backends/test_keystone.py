"""Keystone, as far as a store needs it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from swiftclient.exceptions import ClientException

from backends.base import StoreError
from backends.keystone import Access, authenticate, storage_url, token_request, tokens_url
from backends.swift import SwiftStore

CREDENTIAL = {"application_credential_id": "c1", "application_credential_secret": "s3cret"}
CATALOG: list[dict[str, Any]] = [
    {"type": "identity", "endpoints": []},
    {
        "type": "object-store",
        "endpoints": [
            {"region": "north", "interface": "internal", "url": "http://inside/v1/AUTH_p"},
            {"region": "north", "interface": "public", "url": "https://north/v1/AUTH_p"},
            {"region": "south", "interface": "public", "url": "https://south/v1/AUTH_p"},
        ],
    },
]


def access(**options: Any) -> Access:
    return Access("https://keystone.uni.example", auth_version="3", **options)


@contextmanager
def keystone(status: int) -> Iterator[tuple[str, list[Any]]]:
    """The address of a Keystone that answers so, and what it was asked."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps({"token": {"catalog": CATALOG}}).encode()
            self.send_response(status)
            self.send_header("X-Subject-Token", "t0ken")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v3", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_application_credential_is_shown_with_its_secret() -> None:
    identity = token_request(access(os_options=CREDENTIAL))["auth"]["identity"]
    assert identity["methods"] == ["application_credential"]
    assert identity["application_credential"] == {"id": "c1", "secret": "s3cret"}


def test_a_password_asks_for_a_project() -> None:
    options = {"project_name": "genomics", "user_domain_name": "uni"}
    auth = token_request(access(user="ada", key="pw", os_options=options))["auth"]
    user = {"name": "ada", "domain": {"name": "uni"}, "password": "pw"}
    assert auth["identity"]["password"]["user"] == user
    assert auth["scope"] == {"project": {"name": "genomics", "domain": {"id": "default"}}}


@pytest.mark.parametrize("end", ["", "/", "/v3", "/v3/"])
def test_the_address_may_or_may_not_name_the_version(end: str) -> None:
    assert tokens_url(f"https://k.example{end}") == "https://k.example/v3/auth/tokens"


def test_the_storage_url_is_the_one_of_region_and_interface() -> None:
    assert storage_url(CATALOG, access()) == "https://north/v1/AUTH_p"
    assert storage_url(CATALOG, access(region="south")) == "https://south/v1/AUTH_p"
    inside = access(os_options={"endpoint_type": "internalURL"})
    assert storage_url(CATALOG, inside) == "http://inside/v1/AUTH_p"


def test_a_region_without_an_object_store_is_told() -> None:
    with pytest.raises(ClientException, match="no object store"):
        storage_url(CATALOG, access(region="west"))


def test_a_token_is_had_with_one_request() -> None:
    with keystone(201) as (url, asked):
        found = authenticate(Access(url, auth_version="3", os_options=CREDENTIAL))
    assert found == ("https://north/v1/AUTH_p", "t0ken")
    assert len(asked) == 1


def test_a_refused_credential_waits_for_the_operator_and_keeps_the_secret() -> None:
    with keystone(401) as (url, _):
        store = SwiftStore(auth_url=url, auth_version="3", os_options=CREDENTIAL, container="c")
        with pytest.raises(StoreError, match="credentials") as error:
            store.stat("a/1")
    assert error.value.transient
    assert "s3cret" not in error.value.message

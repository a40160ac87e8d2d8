"""A browser with a signed request: what it says, and what it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from backends.base import PartLimits, SignedRequest, StoreError
from backends.browser import Browser, Reply, page_headers
from deploy.demo.site import free_port

ORIGIN = "https://freeloader.example"
Heard = list[tuple[str, str | None, str | None, bytes]]


class _Handler(BaseHTTPRequestHandler):
    heard: Heard

    def _answer(self) -> None:
        asked, origin = self.headers["Access-Control-Request-Method"], self.headers["Origin"]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.heard.append((self.command, origin, asked, body))
        self.send_response(201)
        self.send_header("Access-Control-Allow-Origin", ORIGIN)
        self.send_header("Access-Control-Allow-Methods", "GET, PUT")
        if wanted := self.headers["Access-Control-Request-Headers"]:
            self.send_header("Access-Control-Allow-Headers", wanted.upper())
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_OPTIONS = do_PUT = do_GET = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def heard() -> Heard:
    return []


@pytest.fixture
def url(heard: Heard) -> Iterator[str]:
    handler = type("Handler", (_Handler,), {"heard": heard})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/x?signature=SECRET"
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_asks_for_leave_and_sends_as_a_page_of_its_origin(url: str, heard: Heard) -> None:
    browser, put = Browser(ORIGIN), SignedRequest("PUT", url)
    leave, sent = browser.ask_leave(put), browser.send(put, b"data")
    browser.send(SignedRequest("GET", url), b"not for a GET")
    assert heard == [
        ("OPTIONS", ORIGIN, "PUT", b""),
        ("PUT", ORIGIN, None, b"data"),
        ("GET", ORIGIN, None, b""),
    ]
    assert (leave.is_well, leave.allowed_origin) == (True, ORIGIN)
    assert sent.status == 201


def test_the_headers_that_a_page_sends_are_asked_for_first(url: str) -> None:
    headers = page_headers(b"data", PartLimits(sha256_header="x-sum"))
    assert headers == {
        "Content-Type": "application/octet-stream",
        "x-sum": "Om6weQ85rIfJTzhWst0sXREOaBFgImGpqSPTuyOtyLc=",
    }
    leave = Browser(ORIGIN).ask_leave(SignedRequest("PUT", url), headers)
    assert leave.allowed_headers == {"content-type", "x-sum"}
    assert leave.lets(ORIGIN, "PUT", headers)


@pytest.mark.parametrize(
    "leave",
    [
        Reply(401, b"", ORIGIN, frozenset({"PUT"}), frozenset({"a"})),
        Reply(200, b"", "https://eve.example", frozenset({"PUT"}), frozenset({"a"})),
        Reply(200, b"", ORIGIN, frozenset({"GET"}), frozenset({"a"})),
        Reply(200, b"", ORIGIN, frozenset({"PUT"}), frozenset({"b"})),
    ],
)
def test_status_page_method_and_headers_must_all_be_let_in(leave: Reply) -> None:
    assert not leave.lets(ORIGIN, "PUT", ["A"])
    assert Reply(204, b"", "*", frozenset({"*"}), frozenset({"*"})).lets(ORIGIN, "PUT", ["A"])


def test_a_store_that_is_away_is_told_without_the_address() -> None:
    request = SignedRequest("PUT", f"http://127.0.0.1:{free_port()}/x?signature=SECRET")
    with pytest.raises(StoreError, match="did not answer") as caught:
        Browser(ORIGIN).send(request, b"")
    assert "SECRET" not in caught.value.message

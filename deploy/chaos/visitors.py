"""People at the upload pages, and people who cancel: they do as its JavaScript does, and insist."""

from __future__ import annotations

import json
import random
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from deploy.chaos.orders import Order

T = TypeVar("T")
CALL_TIMEOUT_S = 60  # of static/js/api.js
LONGEST_PAUSE_S = 30


class Refused(Exception):
    """The site answered, and asking again is no use."""


class GaveUp(Exception):
    """The run is over."""


@dataclass
class Visit:
    """How far one visitor has come."""

    order: Order
    was_received: bool = False
    status_url: str = ""
    words: str = "not begun"
    cancel_words: str = ""


class Visitor:
    """Sends orders to the site's pages; gives up only when `over` is set."""

    def __init__(self, site: str, over: threading.Event) -> None:
        self.site = site
        self.over = over

    def send(self, visit: Visit) -> None:
        """Announce, send by parts, hand over; what is refused is noted."""
        try:
            self._send(visit)
        except Refused as error:
            visit.words = f"refused: {error}"
        except GaveUp:
            visit.words = f"gave up: {visit.words}"

    def _send(self, visit: Visit) -> None:
        order, name = visit.order, str(uuid.uuid4())
        visit.words = "announcing"
        files = [{"name": order.file_name, "size": len(order.data), "modified": 0}]
        body = {"email": order.email, "files": files, "announcement": name}
        told = self.insist(lambda: post(f"{self.site}/p/{order.pipeline}/", body))
        visit.status_url = urljoin(self.site, told["status"])
        visit.words = "sending"
        upload = urljoin(self.site, told["upload"])
        self.insist(lambda: self._store(upload, order.data))
        visit.words = "handing over"
        self.insist(lambda: self._hand_over(urljoin(self.site, told["submit"])))
        visit.was_received, visit.words = True, "received"

    def _store(self, upload: str, data: bytes) -> None:
        opened = post(f"{upload}open", {"files": [1]})["files"]["1"]
        size = opened["part_bytes"]
        for number, signed in opened["urls"].items():
            put(signed, data[(int(number) - 1) * size :][:size])
        if not opened["done"] and post(f"{upload}complete", {"files": [1]})["missing"]:
            raise OSError("some parts have to be sent again")

    def _hand_over(self, url: str) -> None:
        if post(url)["missing"]:
            raise OSError("something is still missing")

    def insist(self, act: Callable[[], T]) -> T:
        """Do it, in spite of network, server and store, with the page's own pauses."""
        tries = 0
        while not self.over.is_set():
            try:
                return act()
            except (OSError, HTTPException):
                tries += 1
                longest = min(LONGEST_PAUSE_S, 0.5 * 2 ** min(tries, 10))
                self.over.wait(longest * random.uniform(0.5, 1))  # noqa: S311 - jitter
        raise GaveUp


def post(url: str, data: object = None) -> dict[str, Any]:
    """The server's answer; 409 is one: something is still missing. OSError: ask again."""
    body, headers = json.dumps(data or {}).encode(), {"Content-Type": "application/json"}
    try:
        with urlopen(Request(url, body, headers), timeout=CALL_TIMEOUT_S) as answer:
            return dict(json.load(answer))
    except HTTPError as error:
        with error:
            if error.code == 409:
                return dict(json.load(error))
            if error.code < 500 and error.code not in (408, 429):
                words = error.read(200).decode(errors="replace")
                raise Refused(f"{error.code} {words}") from error
        raise
    except ValueError as error:  # an answer that was cut off
        raise OSError("half an answer") from error


def put(url: str, data: bytes) -> None:
    """One part, straight to the store; all its refusals look to a browser like no answer."""
    headers = {"Content-Type": "application/octet-stream"}
    with urlopen(Request(url, data, headers, method="PUT"), timeout=CALL_TIMEOUT_S) as answer:
        answer.read()

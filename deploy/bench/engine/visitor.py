"""A visitor of the upload page: everything up to the button first, then the button alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin
from urllib.request import Request, urlopen

FILE = b"one two three\nfour five six\n"


@dataclass(frozen=True)
class Visit:
    """Files that are all in the store; `submit_url` hands them over."""

    email: str
    submit_url: str


def prepare(page: str, email: str, data: bytes = FILE) -> Visit:
    """Announce one small file and send it, as the page's JavaScript does."""
    files = [{"name": "words.txt", "size": len(data), "modified": 0}]
    told = post(page, {"email": email, "files": files})
    upload = urljoin(page, told["upload"])
    for url in post(f"{upload}open", {"files": [1]})["files"]["1"]["urls"].values():
        put(url, data)
    post(f"{upload}complete", {"files": [1]})
    return Visit(email, urljoin(page, told["submit"]))


def click(visit: Visit) -> datetime:
    """Hand the files over; when the button was pressed."""
    clicked_at = datetime.now(UTC)
    post(visit.submit_url)
    return clicked_at


def post(url: str, data: object = None) -> dict[str, Any]:
    """The site's answer; an `OSError` if it is a refusal."""
    body, headers = json.dumps(data or {}).encode(), {"Content-Type": "application/json"}
    with urlopen(Request(url, body, headers), timeout=60) as answer:
        return dict(json.load(answer))


def put(url: str, data: bytes) -> None:
    """One part, straight to the store."""
    headers = {"Content-Type": "application/octet-stream"}
    urlopen(Request(url, data, headers, method="PUT"), timeout=60).close()

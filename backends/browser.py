"""What a browser does with a signed request: it asks for leave (CORS), then it sends."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from backends.base import PartLimits, SignedRequest
from backends.store_errors import unanswered, untrusted

SAFE_METHODS = frozenset({"GET", "HEAD", "POST"})  # "CORS-safelisted" in the Fetch standard


def page_headers(data: bytes, limits: PartLimits) -> dict[str, str]:
    """What the upload page says of the bytes that it sends (docs/uploads.md)."""
    headers = {"Content-Type": "application/octet-stream"}
    if limits.sha256_header:
        headers[limits.sha256_header] = b64encode(hashlib.sha256(data).digest()).decode()
    return headers


@dataclass(frozen=True)
class Reply:
    """What came back; `allowed_origin` is the page that may see it, "*" any, "" none."""

    status: int
    body: bytes
    allowed_origin: str
    allowed_methods: frozenset[str] = frozenset()
    allowed_headers: frozenset[str] = frozenset()  # in lower case

    @property
    def is_well(self) -> bool:
        """The store did what was asked."""
        return 200 <= self.status < 300

    def is_seen_by(self, origin: str) -> bool:
        """A page of `origin` sees that the store did what was asked."""
        return self.is_well and self.allowed_origin in (origin, "*")

    def lets(self, origin: str, method: str, headers: Iterable[str]) -> bool:
        """As the answer to a preflight: a page of `origin` may send this with these headers."""
        has_method = {method, "*"} & (self.allowed_methods | SAFE_METHODS)
        asked = {name.lower() for name in headers}
        has_headers = "*" in self.allowed_headers or asked <= self.allowed_headers
        return self.is_seen_by(origin) and bool(has_method) and has_headers


class Browser:
    """A browser that shows a page of `origin`. `StoreError` where nothing answers.

    Errors never hold the URL: its signature is a secret until it expires.
    """

    def __init__(
        self, origin: str, *, ca_bundle: str | None = None, timeout_s: float = 15.0
    ) -> None:
        self.origin = origin
        self._ca_bundle = ca_bundle
        self._timeout = urllib3.Timeout(connect=min(5.0, timeout_s), read=timeout_s)

    def ask_leave(self, request: SignedRequest, headers: Iterable[str] = ()) -> Reply:
        """The preflight that precedes every PUT from a page (fetch.spec.whatwg.org).

        `headers`: the names of those that the page is about to send.
        """
        asked = {"Origin": self.origin, "Access-Control-Request-Method": request.method}
        if names := ",".join(sorted(name.lower() for name in headers)):
            asked["Access-Control-Request-Headers"] = names
        return self._ask("OPTIONS", request.url, asked, None)

    def send(
        self, request: SignedRequest, data: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """The signed request itself."""
        body = data if request.method == "PUT" else None
        told = {**(headers or {}), "Origin": self.origin}
        return self._ask(request.method, request.url, told, body)

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        act = f"answer a browser's {method}"
        try:
            with urllib3.PoolManager(
                ca_certs=self._ca_bundle, timeout=self._timeout, retries=False
            ) as pool:
                answer = pool.request(method, url, headers=headers, body=body)
        except SSLError as error:
            raise untrusted(act) from error
        except HTTPError as error:
            raise unanswered(act) from error
        return Reply(
            answer.status,
            answer.data,
            answer.headers.get("Access-Control-Allow-Origin", ""),
            _listed(answer.headers.get("Access-Control-Allow-Methods", "")),
            frozenset(
                name.lower()
                for name in _listed(answer.headers.get("Access-Control-Allow-Headers", ""))
            ),
        )


def _listed(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip())

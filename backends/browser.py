"""What a browser does with a signed request: it asks for leave (CORS), then it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from backends.base import SignedRequest
from backends.store_errors import unanswered, untrusted


@dataclass(frozen=True)
class Reply:
    """What came back; `allowed_origin` is the page that may see it, "*" any, "" none."""

    status: int
    body: bytes
    allowed_origin: str

    @property
    def is_well(self) -> bool:
        """The store did what was asked."""
        return 200 <= self.status < 300


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

    def ask_leave(self, request: SignedRequest) -> Reply:
        """The preflight that precedes every PUT from a page (fetch.spec.whatwg.org)."""
        headers = {"Origin": self.origin, "Access-Control-Request-Method": request.method}
        return self._ask("OPTIONS", request.url, headers, None)

    def send(self, request: SignedRequest, data: bytes = b"") -> Reply:
        """The signed request itself."""
        body = data if request.method == "PUT" else None
        return self._ask(request.method, request.url, {"Origin": self.origin}, body)

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
        allowed = answer.headers.get("Access-Control-Allow-Origin", "")
        return Reply(answer.status, answer.data, allowed)

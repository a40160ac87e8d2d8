"""Swift's TempURLs: a request signed for one method, one path and one span of time."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import quote, urlencode, urlsplit, urlunsplit


def temp_url(
    method: str, base: str, path: str, *, key: str, expires_at: int, filename: str | None = None
) -> str:
    """The URL below `base` (the public storage URL) that may be used until `expires_at` (epoch).

    `path` is "/v1/ACCOUNT/CONTAINER/OBJECT" as Swift itself sees it: that is what is signed. A
    gateway in front may serve it below another path (the middleware's tempurl documentation).
    """
    text = f"{method}\n{expires_at}\n{path}"
    signature = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    query = {"temp_url_sig": signature, "temp_url_expires": str(expires_at)}
    if filename is not None:
        query["filename"] = filename
    scheme, host, root, *_ = urlsplit(base)
    in_account = path.split("/", 3)[3]
    return urlunsplit(
        (
            scheme,
            host,
            f"{root.rstrip('/')}/{quote(in_account)}",
            urlencode(query, quote_via=quote),
            "",
        )
    )


def derived_key(secret: str, container: str) -> str:
    """A signing key that every host of a site finds alike, without a word to the others.

    Two hosts that each drew one at random would overwrite each other's.
    """
    return hmac.new(secret.encode(), f"temp-url {container}".encode(), hashlib.sha256).hexdigest()

"""Swift's TempURLs: a request signed for one method, one path and one span of time."""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import quote, urlencode

from backends.base import SignedForm


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
    return f"{public_url(base, path)}?{urlencode(query, quote_via=quote)}"


def signed_form(
    base: str, path: str, *, key: str, max_files: int, max_bytes: int, expires_s: int
) -> SignedForm:
    """A form that stores files below `path`, with `base` as above (the middleware's formpost)."""
    expires_at = int(time.time()) + expires_s
    text = f"{path}\n\n{max_bytes}\n{max_files}\n{expires_at}"
    fields = {
        "max_file_size": str(max_bytes),
        "max_file_count": str(max_files),
        "expires": str(expires_at),
        "signature": hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest(),
    }
    return SignedForm(public_url(base, path), fields, max_files, max_bytes)


def public_url(base: str, path: str) -> str:
    """Where Swift's `path` ("/v1/ACCOUNT/CONTAINER/…") is below the public storage URL."""
    return f"{base.rstrip('/')}/{quote(path.split('/', 3)[3])}"


def derived_key(secret: str, container: str) -> str:
    """A signing key that every host of a site finds alike, without a word to the others.

    Two hosts that each drew one at random would overwrite each other's.
    """
    return hmac.new(secret.encode(), f"temp-url {container}".encode(), hashlib.sha256).hexdigest()

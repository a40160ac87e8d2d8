"""Whether browsers may send to the store through the S3 API: a tenant can only try.

Swift's S3 API answers preflights from the operator's configuration alone.
"""

from __future__ import annotations

from backends.base import PartLimits, SignedRequest
from backends.browser import Browser, page_headers

SAMPLE = b"x"
SETTINGS = """\
Swift's operator has to let pages of {origin} in: in proxy-server.conf, on every proxy host,
[filter:s3api]
cors_preflight_allow_origin = {origin}
[app:proxy-server]
cors_allow_origin = {origin}
and then restart the proxy servers. Further origins are separated by commas."""


def advice(browser: Browser, request: SignedRequest, limits: PartLimits) -> list[str]:
    """What the operator has to set before the browser's page can send `request`; sends it."""
    headers = page_headers(SAMPLE, limits)
    leave = browser.ask_leave(request, headers)
    is_let_in = leave.lets(browser.origin, request.method, headers)
    if is_let_in and browser.send(request, SAMPLE, headers).is_seen_by(browser.origin):
        return []
    return [SETTINGS.format(origin=browser.origin)]

"""Whether browsers may send to the store through the S3 API: a tenant can only try.

Swift's S3 API answers preflights from the operator's configuration alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from backends.base import SignedRequest
from backends.store_errors import unanswered, untrusted

ACT = "answer as a browser would ask"


def advice(origin: str, request: SignedRequest, *, ca_bundle: str | None) -> list[str]:
    """What the operator has to set before pages of `origin` can send `request`; sends it."""
    preflight = {"Origin": origin, "Access-Control-Request-Method": request.method}
    if not _allowed("OPTIONS", request.url, origin, preflight, ca_bundle):
        return [
            f"Swift's operator has to add {origin} to cors_preflight_allow_origin in "
            "[filter:s3api] and to cors_allow_origin in [app:proxy-server]: browsers cannot "
            "send files before."
        ]
    if not _allowed(request.method, request.url, origin, {"Origin": origin}, ca_bundle):
        return [
            f"Swift's operator has to add {origin} to cors_allow_origin in [app:proxy-server]: "
            "browsers send files, but cannot see that they arrived."
        ]
    return []


def _allowed(
    method: str, url: str, origin: str, headers: Mapping[str, str], ca_bundle: str | None
) -> bool:
    timeout = urllib3.Timeout(connect=5.0, read=25.0)
    body = b"x" if method == "PUT" else None
    try:
        with urllib3.PoolManager(ca_certs=ca_bundle, timeout=timeout, retries=False) as pool:
            answer = pool.request(method, url, headers=headers, body=body)
    except SSLError as error:
        raise untrusted(ACT) from error
    except HTTPError as error:
        raise unanswered(ACT) from error
    allowed = answer.headers.get("Access-Control-Allow-Origin", "")
    return answer.status < 300 and allowed in (origin, "*")

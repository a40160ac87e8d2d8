"""Which bytes of a whole a request asks for (RFC 9110, 14)."""

from __future__ import annotations

import re

from django.http import HttpRequest

ONE_RANGE = re.compile(r"bytes=\s*(\d{0,20})-(\d{0,20})\s*", re.ASCII)


class OutOfRange(Exception):
    """It asks for bytes that there are none of."""


def asked_range(request: HttpRequest, size_bytes: int, etag: str) -> tuple[int, int] | None:
    """First byte, and the one after the last; None: the whole.

    Several ranges in one, what is no range, and one of another version (If-Range) mean the whole:
    the RFC leaves it to the server.
    """
    if request.headers.get("If-Range", etag) != etag:
        return None
    match = ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or match.group(1, 2) == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return _of(size_bytes - min(int(last), size_bytes), size_bytes, size_bytes)
    if last and int(last) < int(first):
        return None
    return _of(int(first), int(last) + 1 if last else size_bytes, size_bytes)


def _of(start: int, stop: int, size_bytes: int) -> tuple[int, int]:
    if start >= size_bytes:
        raise OutOfRange
    return start, min(stop, size_bytes)

"""The node's program as a download: what a PI tries her file with, on her own computer."""

from __future__ import annotations

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_safe

from jobs import node

DOWNLOAD_NAME = "freeloader.pyz"


@cache
def built() -> tuple[bytes, str]:
    """The program, built once in each process, and its ETag."""
    program = node.program()
    return program, f'"{hashlib.sha256(program).hexdigest()}"'


@require_safe
@cache_control(public=True, max_age=300)
@etag(lambda request: built()[1])
def laptop_program(request: HttpRequest) -> HttpResponse:
    """The same file that goes to compute nodes as run.pyz; anybody may have it, it holds no secret.

    As bytes of no type: what is called a ZIP, some browsers unpack when it has come.
    """
    answer = HttpResponse(built()[0], content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{DOWNLOAD_NAME}"'
    return answer

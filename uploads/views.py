"""Open, sign, complete: the calls around a file whose bytes go straight to the store.

The signed handle in the address is the authority; there is no cookie, so no CSRF either.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from backends.base import StoreError
from backends.chosen import chosen_store
from uploads import parts
from uploads.models import Upload, UploadedFile

FileView = Callable[[HttpRequest, UploadedFile], HttpResponse]
FIRST_URLS = 16


def with_file(view: FileView) -> Callable[..., HttpResponse]:
    """Find the file, refuse what is closed, and say in JSON when the store does not answer."""

    @csrf_exempt
    @never_cache
    @require_POST
    @wraps(view)
    def found(request: HttpRequest, handle: str, number: int) -> HttpResponse:
        try:
            upload = Upload.objects.by_handle(handle)
            file = upload.files.get(number=number)
        except (Upload.DoesNotExist, UploadedFile.DoesNotExist):
            return _refusal(_("This upload is not known here. Reload the page."), 404)
        if upload.closed_at:
            return _refusal(_("This upload is closed. Its status page says why."), 410)
        upload.touch()
        try:
            return view(request, file)
        except StoreError as error:
            text = _("The file store does not answer; your files stay as they are. Trying again.")
            return _refusal(text if error.transient else error.message, 503)

    return found


def _refusal(message: str, status: int) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)


@with_file
def open_file(request: HttpRequest, file: UploadedFile) -> HttpResponse:
    """Where the file stands: how it is cut, which parts are stored, URLs for the first others."""
    store = chosen_store()
    cut = parts.begin(file, store=store)
    answer: dict[str, Any] = {"part_bytes": cut.part_bytes, "parts": cut.count}
    if file.completed_at:
        return JsonResponse(answer | {"done": True, "have": [], "urls": {}})
    stored = [part.number for part in parts.have(file, cut, store=store)]
    wanted = [n for n in range(1, cut.count + 1) if n not in set(stored)][:FIRST_URLS]
    urls = parts.sign(file, cut, wanted, store=store)
    return JsonResponse(answer | {"done": False, "have": stored, "urls": urls})


@with_file
def sign_parts(request: HttpRequest, file: UploadedFile) -> HttpResponse:
    """Signed URLs for {"parts": [numbers]}, at most 50 at once."""
    numbers = _numbers(request)
    if numbers is None or not file.parts_key:
        return _refusal(_("Send {“parts”: [numbers]} for a file that was opened."), 400)
    store = chosen_store()
    cut = parts.plan(file.size_bytes, store.limits())
    return JsonResponse({"urls": parts.sign(file, cut, numbers, store=store)})


def _numbers(request: HttpRequest) -> list[int] | None:
    try:
        numbers = json.loads(request.body)["parts"]
        return [n for n in numbers if type(n) is int]
    except (ValueError, KeyError, TypeError):
        return None


@with_file
def complete_file(request: HttpRequest, file: UploadedFile) -> HttpResponse:
    """Make the object of its parts; 409 with the missing numbers while some are not stored."""
    missing = parts.complete(file, store=chosen_store())
    return JsonResponse({"done": not missing, "missing": missing}, status=409 if missing else 200)

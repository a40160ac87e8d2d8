"""The doors to everything in one ZIP: a counted POST leads to an address that is good for a while.

GET counts nothing, so that a download which was cut can go on by Range, and HEAD reads nothing.
"""

from __future__ import annotations

import time

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from backends.base import BackendError
from backends.chosen import chosen_store
from backends.downloads import attachment
from jobs.doors import SeeOther
from jobs.models import ResultLink
from jobs.results.archive.contents import archive_name, archive_of, offer_of_all
from jobs.results.archive.plan import Archive
from jobs.results.archive.ranges import OutOfRange, asked_range
from jobs.results.archive.sending import Sending, are_all_taken
from jobs.results.pages import counted, link_of, result_gone, signed_for_s

RETRY_AFTER_S = 60


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_all(request: HttpRequest, token: str) -> HttpResponse:
    """Count one download of everything and lead to it; by POST only, else back to the page."""
    link = link_of(token)
    if request.method != "POST":
        return SeeOther(reverse("result", args=[token]))
    if not link.is_live:
        return result_gone(request, link)
    offer = offer_of_all(link.job)
    if offer is None:
        raise Http404
    if are_all_taken():
        return _busy(request, token)
    if not counted(request, link, file_number=None):
        return result_gone(request, link)
    signature = _sign(link, until=int(time.time()) + signed_for_s(offer.size_bytes))
    return SeeOther(reverse("archive", args=[token, signature, f"{archive_name(link.job)}.zip"]))


@require_safe
@cache_control(private=True, no_cache=True, no_transform=True)
def archive(request: HttpRequest, token: str, signature: str, name: str) -> HttpResponseBase:
    """The ZIP, or the range of it that is asked for; 410 when link or signature have ended."""
    link = link_of(token)
    if not link.is_live:
        return result_gone(request, link)
    if not _is_good(signature, link):
        return render(request, "result_all_ended.html", {"token": token}, status=410)
    plan = archive_of(link.job)
    etag = f'"{plan.digest}"'
    answer = get_conditional_response(request, etag=etag) or _answer(request, plan, etag, token)
    answer["ETag"] = etag
    answer["Accept-Ranges"] = "bytes"
    answer["X-Robots-Tag"] = "noindex"
    if answer.status_code in {200, 206}:
        answer["Content-Disposition"] = attachment(f"{archive_name(link.job)}.zip")
    return answer


def _answer(request: HttpRequest, plan: Archive, etag: str, token: str) -> HttpResponseBase:
    headers = {"Content-Type": "application/zip", "Content-Length": str(plan.size_bytes)}
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    try:
        asked = asked_range(request, plan.size_bytes, etag)
    except OutOfRange:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{plan.size_bytes}"})
    start, stop = asked or (0, plan.size_bytes)
    headers["Content-Length"] = str(stop - start)
    if asked:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{plan.size_bytes}"
    try:
        sending = Sending.of(plan, chosen_store(), start, stop)
    except BackendError:
        return render(request, "store_away.html", {"again": _order(token)}, status=503)
    if sending is None:
        return _busy(request, token)
    # nginx hands it on as it comes, whatever its settings: nothing of it goes to a disk there.
    headers["X-Accel-Buffering"] = "no"
    return StreamingHttpResponse(sending, status=206 if asked else 200, headers=headers)


def _busy(request: HttpRequest, token: str) -> HttpResponse:
    response = render(request, "result_all_busy.html", {"again": _order(token)}, status=503)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _order(token: str) -> str:
    return reverse("order-all", args=[token])


def _sign(link: ResultLink, *, until: int) -> str:
    return _signer().sign(f"{link.pk}.{until}")


def _is_good(signature: str, link: ResultLink) -> bool:
    try:
        pk, until = _signer().unsign(signature).split(".")
    except signing.BadSignature:
        return False
    return int(pk) == link.pk and int(until) > time.time()


def _signer() -> signing.Signer:
    return signing.Signer(salt="jobs.results.all")

"""The doors to a result: its page, and the way from there to its files in the store.

A token in an address is the authority. GET and HEAD change nothing, so that mail scanners and
previewers that follow links spend nothing.
"""

from __future__ import annotations

import re
from datetime import timedelta

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from backends.base import BackendError
from backends.chosen import chosen_store
from backends.downloads import attachment
from jobs.doors import SeeOther
from jobs.models import ResultLink
from jobs.results import acts
from jobs.results.commands import checksum_lines, checksums_name
from jobs.results.ends import whole_of
from jobs.results.names import download_name
from jobs.results.shown import shown_result

DOWNLOAD_SIGNED_FOR_S = 15 * 60
SIGNED_FOR_AT_MOST_S = 12 * 3600
SLOW_BYTES_S = 2_000_000  # a line this slow still ends with the URL that it began with

# What asks for the rest of a file that had begun: wget and our own lines say it by Range; an older
# curl that was told to POST by Content-Range, as if it were sending.
_FROM = re.compile(r"bytes[= ]0*[1-9]\d*-")


def signed_for_s(size_bytes: int) -> int:
    """How long a URL of so many bytes is good: minutes, and as long as a slow line takes."""
    return min(SIGNED_FOR_AT_MOST_S, DOWNLOAD_SIGNED_FOR_S + size_bytes // SLOW_BYTES_S)


def link_of(token: str) -> ResultLink:
    """The link of this token, live or not; 404 for a token of nobody's."""
    try:
        return ResultLink.objects.by_token(token)
    except ResultLink.DoesNotExist as error:
        raise Http404 from error


@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its types know no arguments
@never_cache
@require_safe
def result(request: HttpRequest, token: str) -> HttpResponse:
    """The result's files, each behind a button; 410 with the reason when the link has ended."""
    link = link_of(token)
    context = {"link": link, "job": link.job, "pipeline": link.job.pipeline, "token": token}
    if not link.is_live:
        return result_gone(request, link)
    response = render(request, "result.html", context | {"result": shown_result(link.job)})
    response["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def download(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """Count one download and send the browser to the store, with a URL signed for minutes.

    By POST only; who comes by another way is shown the page with the button.
    """
    link = link_of(token)
    file = get_object_or_404(link.job.results, number=number)
    if request.method != "POST":
        return SeeOther(reverse("result", args=[token]))
    if not link.is_live or not counted(request, link, file_number=number):
        return result_gone(request, link)
    name = download_name(file.name)
    expires_s = signed_for_s(file.size_bytes)
    try:
        signed = chosen_store().sign_get(file.object_name, expires_s=expires_s, filename=name)
    except BackendError:
        return render(request, "store_away.html", {"job": link.job}, status=503)
    return SeeOther(signed.url)


@never_cache
@require_safe
def checksums(request: HttpRequest, token: str) -> HttpResponse:
    """The list for `sha256sum -c` of what the lines for a shell fetch, as a download."""
    link = link_of(token)
    if not link.is_live:
        return result_gone(request, link)
    headers = {"Content-Disposition": attachment(checksums_name(link.job))}
    headers["X-Robots-Tag"] = "noindex"
    lines = checksum_lines(link.job)
    return HttpResponse(lines, content_type="text/plain; charset=utf-8", headers=headers)


def counted(request: HttpRequest, link: ResultLink, *, file_number: int | None) -> bool:
    """Whether it is in the books: now, or since the download that this one goes on with began."""
    says = request.headers.get("Range") or request.headers.get("Content-Range") or ""
    since = timezone.now() - timedelta(seconds=SIGNED_FOR_AT_MOST_S)
    if _FROM.match(says) and acts.was_downloaded(link, file_number=file_number, since=since):
        return True
    return acts.count_download(link, file_number=file_number)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: HttpRequest, token: str) -> HttpResponse:
    """Have the result kept longer, by POST only and once; the page then says until when."""
    link = link_of(token)
    if request.method == "POST" and link.is_live:
        acts.extend_for_recipient(link)
    return SeeOther(reverse("result", args=[token]))


def result_gone(request: HttpRequest, link: ResultLink) -> HttpResponse:
    """The page of a link that has ended: what it led to, when and why it ended, whom to ask."""
    job = link.job
    context = {"link": link, "job": job, "pipeline": job.pipeline, "whole": whole_of(job)}
    context["is_replaced"] = job.links.filter(created_at__gt=link.created_at).exists()
    return render(request, "result_gone.html", context, status=410)

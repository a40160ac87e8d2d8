"""The doors to a result: its page, and the way from there to its files in the store.

A token in an address is the authority. GET and HEAD change nothing, so that mail scanners and
previewers that follow links spend nothing.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from backends.base import BackendError
from backends.chosen import chosen_store
from jobs.models import ResultLink
from jobs.results import acts

DOWNLOAD_SIGNED_FOR_S = 15 * 60


def _link_of(token: str) -> ResultLink:
    try:
        return ResultLink.objects.by_token(token)
    except ResultLink.DoesNotExist as error:
        raise Http404 from error


@never_cache
@require_safe
def result(request: HttpRequest, token: str) -> HttpResponse:
    """The result's files, each behind a button; 410 with the reason when the link has ended."""
    link = _link_of(token)
    context = {"link": link, "job": link.job, "pipeline": link.job.pipeline, "token": token}
    if not link.is_live:
        return render(request, "result_gone.html", context, status=410)
    response = render(request, "result.html", context | {"results": link.job.results.all()})
    response["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt
@never_cache
@require_POST
def download(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """Count one download and send the browser to the store, with a URL signed for minutes."""
    link = _link_of(token)
    file = get_object_or_404(link.job.results, number=number)
    if not acts.count_download(link, file_number=number):
        return result_gone(request, link)
    name = file.name.rsplit("/", 1)[-1]
    try:
        signed = chosen_store().sign_get(
            file.object_name, expires_s=DOWNLOAD_SIGNED_FOR_S, filename=name
        )
    except BackendError:
        return render(request, "store_away.html", {"job": link.job}, status=503)
    return HttpResponseRedirect(signed.url)


def result_gone(request: HttpRequest, link: ResultLink) -> HttpResponse:
    """The page of a link that has ended."""
    context = {"link": link, "job": link.job, "pipeline": link.job.pipeline}
    return render(request, "result_gone.html", context, status=410)

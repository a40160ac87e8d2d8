"""The doors to the run record: for who has the result's link, and for who has the status page's.

The first opens while the result is kept, the second for good. GET and HEAD count nothing.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.doors import job_of
from jobs.models import Job
from jobs.results.names import RECORD
from jobs.results.pages import link_of, result_gone
from jobs.results.record.crate import crate_json
from jobs.results.record.made import is_made


@never_cache
@require_safe
def record_of_result(request: HttpRequest, token: str) -> HttpResponse:
    """The record, as a download; the page of a link that has ended, 410, when it has."""
    link = link_of(token)
    return as_download(link.job) if link.is_live else result_gone(request, link)


@never_cache
@require_safe
def record_of_job(request: HttpRequest, token: str) -> HttpResponse:
    """The record, as a download, also when the result is gone; 404 where there never was one."""
    job = job_of(token)
    if not is_made(job):
        raise Http404
    return as_download(job)


def as_download(job: Job) -> HttpResponse:
    """The record under the name by which programs look for it."""
    return JsonResponse(
        crate_json(job),
        json_dumps_params={"indent": 1},
        content_type="application/ld+json",
        headers={
            "Content-Disposition": f'attachment; filename="{RECORD}"',
            "X-Robots-Tag": "noindex",
        },
    )

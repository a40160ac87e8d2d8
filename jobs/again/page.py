"""The door behind the button “Run it again” of a status page; by POST only."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jobs.again.acts import NotAgain, again
from jobs.doors import SeeOther, job_of
from jobs.models import Job
from jobs.pipeline_page.quota import over_quota
from jobs.pipeline_page.visitor import network_of
from jobs.steps.receive import AnnouncedOtherwise
from uploads.quotas import OverQuota


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def run_again(request: HttpRequest, token: str) -> HttpResponse:
    """303 to the new job's status page; else a page that says why not, 409, or 429 for a quota."""
    job = job_of(token)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("status", args=[token]))
    try:
        new = again(job, name=_name_of(request), network=network_of(request))
    except NotAgain as error:
        return _refused(request, job, str(error), 409)
    except AnnouncedOtherwise:
        why = _("The job's page was out of date. Please load it again.")
        return _refused(request, job, why, 409)
    except OverQuota as error:
        return _refused(request, job, over_quota(error), 429)
    return SeeOther(reverse("status", args=[new.status_token]))


def _name_of(request: HttpRequest) -> UUID:
    """What the page calls the new job; `AnnouncedOtherwise` for what no page of ours says."""
    try:
        return UUID(request.POST.get("name", ""))
    except ValueError as error:
        raise AnnouncedOtherwise from error


def _refused(request: HttpRequest, job: Job, why: str, status: int) -> HttpResponse:
    return render(request, "again_refused.html", {"job": job, "why": why}, status=status)

"""The doctor's page in the admin, for those who look after the whole site."""

from __future__ import annotations

from collections import Counter

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from jobs.doctor.report import summary, took_words
from jobs.doctor.rounds import examine
from pipelines.scope import sees_all


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def doctor(request: HttpRequest) -> HttpResponse:
    """A button; to press it takes seconds, so that no GET does. 404 for a PI: not hers to see."""
    if not sees_all(request.user):
        raise Http404
    found = list(examine()) if request.method == "POST" else []
    rows = [(diagnosis, took_words(diagnosis)) for diagnosis in found]
    context = admin.site.each_context(request) | {
        "title": "Is all well?",
        "rows": rows,
        "summary": summary(Counter(diagnosis.health for diagnosis in found)) if found else "",
    }
    return TemplateResponse(request, "admin/doctor.html", context)

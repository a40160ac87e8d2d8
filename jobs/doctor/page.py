"""The doctor's page in the admin, for those who look after the whole site."""

from __future__ import annotations

from collections import Counter

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from jobs.doctor.diagnosis import Health
from jobs.doctor.report import summary, took_words
from jobs.doctor.rounds import examine
from pipelines.scope import sees_all

GRAVEST_FIRST = (Health.FAULT, Health.WARNING, Health.OK)
# Beside each word, so that it is seen by its shape, too, among many rows.
SIGNS = {Health.FAULT: "✖", Health.WARNING: "▲", Health.OK: "✓"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def doctor(request: HttpRequest) -> HttpResponse:
    """A button; to press it takes seconds, so that no GET does. 404 for a PI: not hers to see.

    What is not well stands first.
    """
    if not sees_all(request.user):
        raise Http404
    looked = examine() if request.method == "POST" else ()
    found = sorted(looked, key=lambda diagnosis: GRAVEST_FIRST.index(diagnosis.health))
    rows = [(one, SIGNS[one.health], took_words(one)) for one in found]
    context = admin.site.each_context(request) | {
        "title": gettext("Is all well?"),
        "rows": rows,
        "summary": summary(Counter(diagnosis.health for diagnosis in found)) if found else "",
    }
    return TemplateResponse(request, "admin/doctor.html", context)

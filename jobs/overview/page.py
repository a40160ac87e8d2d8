"""The PI's page in the admin: what became of the jobs of her pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from jobs.doors import may_look
from jobs.overview import failures, tables
from jobs.overview.bars import bars_of
from jobs.overview.figures import Figures, figures_of, total_of
from jobs.overview.scope import SPANS, USUAL_SPAN, Scope, since
from jobs.overview.wishes import may_wish, set_wish, wishes
from jobs.overview.words import core_hours_text
from pipelines.models import Pipeline
from pipelines.scope import own_pipelines

WISHED = lazy("You get the letter every Monday from now on, if anything has happened in the week.")
NOT_WISHED = lazy("You no longer get a weekly letter.")


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see, out of what she may see."""

    scope: Scope
    span: str
    choices: list[Pipeline]
    chosen: Pipeline | None

    @property
    def query(self) -> str:
        """The same choice in an address."""
        return urlencode({"span": self.span, "pipeline": self.chosen.pk if self.chosen else ""})


def asked(request: HttpRequest) -> Asked:
    """What the address asks for; 404 for what is not there to this person."""
    user: User = request.user  # type: ignore[assignment]
    if not may_look(user):
        raise Http404
    span, pk = request.GET.get("span", USUAL_SPAN), request.GET.get("pipeline", "")
    choices = list(own_pipelines(user))
    chosen = [pipeline for pipeline in choices if pk in ("", str(pipeline.pk))]
    if span not in SPANS or (pk and not chosen):
        raise Http404
    return Asked(Scope(chosen, since(span)), span, choices, chosen[0] if pk else None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """All on one page; its only switch is the weekly letter's."""
    what = asked(request)
    if request.method == "POST":
        return _switch_letter(request, what)
    context = admin.site.each_context(request) | _context(what, request.user)
    return TemplateResponse(request, "admin/overview.html", context)


def _switch_letter(request: HttpRequest, what: Asked) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    is_wanted = request.POST.get("letter") == "yes"
    if is_wanted and not may_wish(user):
        raise Http404
    set_wish(user, is_wanted=is_wanted)
    messages.success(request, str(WISHED if is_wanted else NOT_WISHED))
    return HttpResponseRedirect(f"{reverse('overview')}?{what.query}")


def _context(what: Asked, user: Any) -> dict[str, Any]:
    figures = figures_of(what.scope)
    total = total_of(figures.values())
    return {
        "title": _("What became of the jobs"),
        "asked": what,
        "spans": SPANS,
        "span_words": SPANS[what.span],
        "tables": _tables(what, figures, total),
        "total": total,
        "rehearsal_core_hours": core_hours_text(total.rehearsal_core_seconds),
        "bars": bars_of(what.scope, what.span),
        "waiting": failures.longest_waiting(what.scope),
        "waiting_count": failures.waiting_for_decision(what.scope).count(),
        "failures": failures.failures_of(what.scope),
        "log_lines": failures.LOG_LINES,
        "found": failures.found_by_the_check(what.scope),
        "may_wish": may_wish(user),
        "wishes": wishes(user),
    }


def _tables(
    what: Asked, figures: Mapping[int, Figures], total: Figures
) -> list[tuple[tables.Table, list[tables.Row], tables.Row | None]]:
    pipelines = what.scope.pipelines
    return [
        (
            table,
            [tables.row_of(table, one.title, figures[one.pk], one.pk) for one in pipelines],
            tables.row_of(table, str(tables.ALL_TOGETHER), total) if len(pipelines) > 1 else None,
        )
        for table in tables.TABLES
    ]


@never_cache
@require_safe
def table_csv(request: HttpRequest) -> HttpResponse:
    """The figures as a file, for somebody's report."""
    what = asked(request)
    figures = figures_of(what.scope)
    rows = [(one.title, one.get_absolute_url(), figures[one.pk]) for one in what.scope.pipelines]
    rows.append((str(tables.ALL_TOGETHER), "", total_of(figures.values())))
    name = f"jobs-{timezone.localdate():%Y-%m-%d}-{what.span}.csv"
    # With a byte order mark, without which Excel takes UTF-8 for something else.
    return HttpResponse(
        tables.as_csv(rows).encode("utf-8-sig"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

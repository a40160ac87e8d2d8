"""The page in the admin that says what is held and why: a PI sees her pipelines, staff see all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs import reasons
from jobs.doors import may_look
from jobs.held import figures
from jobs.held.figures import Holding
from jobs.models import Job, Removal, TidyReport
from jobs.wording import actor_text, short_moment_text
from pipelines.models import Pipeline
from pipelines.scope import own_pipelines, sees_all
from uploads.rules import size_text

REMOVED_WITHIN = timedelta(days=30)
WHYS = {
    figures.COMING: lazy("Parts of files that are being sent, at most"),
    figures.SENDING: lazy("Sent files of jobs that are not all here yet"),
    figures.CHECKING: lazy("Sent files that wait for the check, or for a person"),
    figures.IN_USE: lazy("Sent files of jobs that wait or run"),
    figures.KEPT: lazy("Sent files after the end of their job"),
    figures.TEST_INPUT: lazy("Sent files, kept as the pipeline's test input"),
    figures.GOING: lazy("Sent files of cancelled or refused jobs"),
    figures.RESULT: lazy("Results"),
}
_END_OF_JOB = lazy("until the job ends")
_ALL_HERE = lazy("until they are all here; given up where nothing comes for days")
UNTIL_ENDS = {
    figures.COMING: _ALL_HERE,
    figures.SENDING: _ALL_HERE,
    figures.CHECKING: _END_OF_JOB,
    figures.IN_USE: _END_OF_JOB,
    figures.TEST_INPUT: lazy("until a newer one takes its place, or it is deleted by hand"),
    figures.GOING: lazy(
        "deleted at the next sweep; some hours later if the cluster does not answer"
    ),
}


@dataclass(frozen=True)
class Row:
    """A line of the page."""

    pipeline: str
    why: str
    until: str
    jobs: int
    files: int
    size: str


@never_cache
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    """From rows alone: the store is not asked, so that the page is quick when it is not."""
    user: User = request.user  # type: ignore[assignment]
    if not may_look(user):
        raise Http404
    context = admin.site.each_context(request) | _context(own_pipelines(user))
    if sees_all(user):
        context["report"] = TidyReport.objects.first()
        context["sees_all"] = True
    return TemplateResponse(request, "admin/held.html", context)


def _context(pipelines: QuerySet[Pipeline]) -> dict[str, Any]:
    titles = dict(pipelines.values_list("pk", "title"))
    found = figures.holdings(pipelines)
    extended = figures.extensions(pipelines)
    return {
        "title": _("What is held and why"),
        "rows": rows_of(found, titles, extended),
        "total_files": sum(one.files for one in found),
        "total_bytes": sum(one.size_bytes for one in found),
        "largest": figures.largest(pipelines),
        "unproved": _unproved(pipelines),
        "on_clusters": [(titles[one.pipeline_id], one) for one in figures.on_clusters(pipelines)],
        "removed": _removed(pipelines),
        "still_shown": Job.objects.filter(
            pipeline__in=pipelines.order_by(), waiting_for=reasons.STILL_SHOWN
        ).count(),
    }


def rows_of(
    found: Iterable[Holding], titles: Mapping[int, str], extended: Mapping[int, Mapping[str, int]]
) -> list[Row]:
    """By pipeline, in the order of their titles; of each what is sent comes first."""
    order = {why: number for number, why in enumerate(WHYS)}
    ordered = sorted(
        found, key=lambda one: (titles[one.pipeline_id], one.pipeline_id, order[one.why], one.days)
    )
    return [
        Row(
            titles[one.pipeline_id],
            str(WHYS[one.why]),
            _until(one, extended.get(one.pipeline_id, {})),
            one.jobs,
            one.files,
            size_text(one.size_bytes),
        )
        for one in ordered
    ]


def _until(one: Holding, extended: Mapping[str, int]) -> str:
    if one.why == figures.KEPT:
        return f"{_kept_for(one.days)}: {_span(one.first_end, one.last_end)}"
    if one.why == figures.RESULT:
        return _span(one.first_end, one.last_end) + _extended(extended)
    return str(UNTIL_ENDS[one.why])


def _kept_for(days: int) -> str:
    if not days:
        return _("deleted at its end")
    text = ngettext(
        "%(days)d day, as the pipeline is set", "%(days)d days, as the pipeline is set", days
    )
    return text % {"days": days}


def _extended(extended: Mapping[str, int]) -> str:
    if not extended:
        return ""
    who = [
        _("%(jobs)d by %(actor)s") % {"jobs": jobs, "actor": actor_text(actor)}
        for actor, jobs in extended.items()
    ]
    return "; " + _("kept longer: %(who)s") % {"who": ", ".join(who)}


def _span(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return _("end not known")
    is_due = first < timezone.now()
    told = {"first": short_moment_text(first), "last": short_moment_text(last)}
    if is_due:
        told["first"] = _("%(moment)s (due)") % {"moment": told["first"]}
    text = _("until %(first)s") if first == last else _("from %(first)s to %(last)s")
    return text % told


def _unproved(pipelines: QuerySet[Pipeline]) -> list[tuple[str, int]]:
    """Clusters that are gone for good, and of how many jobs nobody can prove what became there."""
    left = Job.objects.left_on_cluster().filter(
        cluster__gone_at__isnull=False, pipeline__in=pipelines.order_by()
    )
    names = left.order_by("cluster__name").values_list("cluster__name")
    return list(names.annotate(jobs=Count("pk")))


def _removed(pipelines: QuerySet[Pipeline]) -> list[tuple[str, int, int, str]]:
    """What was deleted of late: kind, objects, segments, size."""
    since = timezone.now() - REMOVED_WITHIN
    removals = Removal.objects.filter(at__gte=since, job__pipeline__in=pipelines.order_by())
    rows = removals.exclude(what=Removal.What.UNPROVED).order_by("what").values_list("what")
    sums = rows.annotate(
        pieces=Sum("objects_removed"), segments=Sum("segments_removed"), size=Sum("bytes_removed")
    )
    kinds = Removal.What
    return [
        (str(kinds(what).label), objects, parts, size_text(size))
        for what, objects, parts, size in sums
    ]

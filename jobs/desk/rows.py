"""What the admin shows below a job and beside its list: rows to look at, and filters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from jobs import wording
from jobs.models import Job, Removal, ResultFile, Transition
from jobs.starts.fruitless import is_on_hold
from jobs.states import State
from jobs.status_page import standing
from pipelines.models import Pipeline
from uploads.rules import size_text


class ReadOnly:
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Made by the steps."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing of a job's history goes."""
        return False


class Rows(ReadOnly, admin.TabularInline[Any, Job]):
    """What belongs to a job, below it."""

    extra = 0
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """All that is shown."""
        return flatten_fieldsets(self.get_fieldsets(request, obj))


class Timeline(Rows):
    """The moves, in order."""

    model = Transition
    verbose_name_plural = "Timeline"
    fields = ["when", "old", "new", "why", "actor"]

    @admin.display(description="at")
    def when(self, transition: Transition) -> str:
        """To the second, in few letters."""
        return wording.short_moment_text(transition.at, seconds=True)

    @admin.display(description="reason")
    def why(self, transition: Transition) -> str:
        """The reason, with the names of the files that it counts."""
        return standing.named(transition.reason, transition.job)


class Results(Rows):
    """What the run left."""

    model = ResultFile
    fields = ["name", "size_bytes", "sha256"]


class Repetitions(Rows):
    """The jobs that ran on its files again."""

    model = Job
    fk_name = "again_of"
    verbose_name = "repetition"
    verbose_name_plural = "Run again as"
    fields = ["created_at", "code", "state"]
    show_change_link = True


class Removals(Rows):
    """What `expire` deleted, counted before, and looked for afterwards."""

    model = Removal
    fields = ["when", "what", "removed", "left"]

    @admin.display(description="at")
    def when(self, removal: Removal) -> str:
        """To the second, in few letters."""
        return wording.short_moment_text(removal.at, seconds=True)

    @admin.display(description="removed")
    def removed(self, removal: Removal) -> str:
        """Objects, segments, bytes; of the cluster, directories."""
        return _figures(
            removal, removal.objects_removed, removal.segments_removed, removal.bytes_removed
        )

    @admin.display(description="still shown afterwards")
    def left(self, removal: Removal) -> str:
        """The same of what is looked for again."""
        if removal.is_whole:
            return "nothing"
        return _figures(removal, removal.objects_left, removal.segments_left, removal.bytes_left)


def _figures(removal: Removal, objects: int, segments: int, size_bytes: int) -> str:
    if removal.what == Removal.What.SCRATCH:
        return f"directories: {objects}"
    return f"objects: {objects}, segments: {segments}, {size_text(size_bytes)}"


def decision_link(job: Job) -> str:
    """From the list to what whoever decides has to see first: nothing is released in a list."""
    if job.state != State.HELD and not is_on_hold(job):
        return ""
    words, place = ("Review", "review") if job.state == State.HELD else ("Decide", "decide")
    page = reverse("admin:jobs_job_change", args=[job.pk])
    link = '<a href="{0}#{1}" aria-label="{2} job {3}">{2}</a>'
    return format_html(link, page, place, words, job.short_id)


class NewestFirst(admin.SimpleListFilter):
    """Jobs of the last days; a date hierarchy would read the whole table."""

    title = "sent"
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [("1", "today"), ("7", "last 7 days"), ("30", "last 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Only so old."""
        if self.value() not in ("1", "7", "30"):
            return queryset
        since = timezone.now() - timedelta(days=int(self.value() or 0))
        return queryset.filter(created_at__gte=since)


class OwnPipelines(admin.SimpleListFilter):
    """The pipelines that this person may see, and no other's names."""

    title = "pipeline"
    parameter_name = "pipeline"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        visible = model_admin.admin_site._registry[Pipeline].get_queryset(request)
        return [(str(pk), title) for pk, title in visible.values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Only this one's."""
        return (
            queryset.filter(pipeline=self.value()) if self.value() in self._choices() else queryset
        )

    def _choices(self) -> set[str]:
        return {str(value) for value, _title in self.lookup_choices}


class OpenAlarms(admin.SimpleListFilter):
    """Whether their cause is still there."""

    title = "state"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [("yes", "open"), ("no", "over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Only these."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(ended_at__isnull=self.value() == "yes")

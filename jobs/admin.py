"""The admin of jobs: one page that says why a job is not done. State moves by `move_to` alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from jobs.models import (
    Alarm,
    Attempt,
    FileScan,
    Finding,
    Job,
    Letter,
    LostRace,
    ResultFile,
    ResultLink,
    Transition,
)
from jobs.states import MOVES, State
from pipelines.models import Pipeline
from pipelines.scope import ScopedAdmin, sees_all


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
    fields = ["at", "old", "new", "reason", "actor"]


class Attempts(Rows):
    """Each start on the cluster."""

    model = Attempt
    fields = [
        "number",
        "node",
        "slurm_state",
        "started_at",
        "ended_at",
        "exit_code",
        "core_seconds",
    ]


class Scans(Rows):
    """What was looked at."""

    model = FileScan
    verbose_name_plural = "What the scan covered"
    fields = ["file", "scanner", "coverage", "scanned_bytes", "reasons", "versions"]


class Findings(Rows):
    """What was found; never a value."""

    model = Finding
    fields = ["file", "scanner", "entity", "count", "score", "locations"]


class Results(Rows):
    """What the run left."""

    model = ResultFile
    fields = ["name", "size_bytes", "sha256"]


class Links(Rows):
    """The links to it; the token itself is shown to nobody."""

    model = ResultLink
    fields = ["created_at", "expires_at", "revoked_at", "downloads"]


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


@admin.register(Job)
class JobAdmin(ReadOnly, ScopedAdmin[Job]):
    """A job and all that is known of it."""

    owner_path = "pipeline__owners"
    list_display = ["short_id", "title", "email", "state", "why", "created_at", "changed_at"]
    list_filter = ["state", OwnPipelines, NewestFirst]
    list_select_related = ["pipeline"]
    search_fields = ["email__exact", "slurm_id__exact", "id__startswith"]
    search_help_text = "A whole e-mail address, a Slurm job id, or the beginning of a job's id."
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # counting each choice reads the whole table
    actions = ["release", "reject", "cancel"]
    inlines = [Timeline, Attempts, Scans, Findings, Results, Links]
    fieldsets = [
        (None, {"fields": ["id", "title", "email", "state", "reason", "waiting_for"]}),
        ("When", {"fields": ["created_at", "changed_at", "accepted_at", "expires_at"]}),
        (
            "On the cluster",
            {
                "fields": [
                    "cluster",
                    "slurm_id",
                    "slurm_state",
                    "slurm_reason",
                    "restart_count",
                    "code",
                ]
            },
        ),
        ("The end of the run's log", {"fields": ["log_tail"], "classes": ["collapse"]}),
        ("The worker", {"fields": ["due_at", "lease_until", "tries", "outages", "unseen_since"]}),
        (
            "Deleted",
            {"fields": ["inputs_deleted_at", "results_deleted_at", "scratch_removed_at"]},
        ),
    ]

    @admin.display(description="pipeline")
    def title(self, job: Job) -> str:
        """The pipeline's title."""
        return job.pipeline.title

    @admin.display(description="why")
    def why(self, job: Job) -> str:
        """What it waits for, else the last move's reason."""
        return job.waiting_for or job.reason

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Who may change jobs may decide about them."""
        return request.user.has_perm("jobs.change_job")

    @admin.action(description="Release: let held files go on", permissions=["act"])
    def release(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """held → clean."""
        self._move_all(request, queryset, State.CLEAN, "Released after review.")

    @admin.action(description="Reject held files", permissions=["act"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """held → rejected."""
        self._move_all(request, queryset, State.REJECTED, "Rejected after review.")

    @admin.action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Any state before delivered → cancelled; the clean-up ends the Slurm job."""
        self._move_all(request, queryset, State.CANCELLED, "Cancelled by the site's staff.")

    def _move_all(
        self, request: HttpRequest, jobs: QuerySet[Job], state: State, reason: str
    ) -> None:
        for job in jobs:
            job.lease_token = None  # a person's word goes before a step's claim
            if not self._may_move(job, state):
                self.message_user(request, f"{job} is {job.state}; left alone.", messages.WARNING)
                continue
            try:
                job.move_to(state, reason, actor=request.user.get_username())
                self.message_user(request, f"{job} is {job.state} now.", messages.SUCCESS)
            except LostRace:
                self.message_user(request, f"{job} moved meanwhile.", messages.WARNING)

    def _may_move(self, job: Job, state: State) -> bool:
        only_held = state in (State.CLEAN, State.REJECTED) and job.state != State.HELD
        return state in MOVES[State(job.state)] and not only_held


@admin.register(Letter)
class LetterAdmin(ReadOnly, ScopedAdmin[Letter]):
    """Letters, sent and to be sent."""

    owner_path = "transition__job__pipeline__owners"
    list_display = ["created_at", "kind", "recipient", "job", "sent_at", "refused_at", "error"]
    list_filter = ["kind"]
    list_select_related = ["transition__job"]
    search_fields = ["recipient__exact"]
    show_full_result_count = False

    @admin.display(description="job")
    def job(self, letter: Letter) -> str:
        """A link to its job; none for an alarm's."""
        if letter.transition is None:
            return "-"
        pk = letter.transition.job_id
        url = reverse("admin:jobs_job_change", args=[pk])
        return format_html('<a href="{}">{}</a>', url, str(pk)[:8])


@admin.register(Alarm)
class AlarmAdmin(ReadOnly, admin.ModelAdmin[Alarm]):
    """What staff must know of, for those who look after the whole site."""

    list_display = ["cause", "text", "raised_at", "seen_at", "ended_at"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An alarm may tell of anybody's jobs."""
        return super().has_view_permission(request, obj) and sees_all(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same of its place in the index."""
        return self.has_view_permission(request)


def _unregister_queue() -> None:
    """django-q2's own admin runs whatever function a row names: for nobody."""
    from django_q.models import Failure, OrmQ, Schedule, Success

    for model in (Failure, OrmQ, Schedule, Success):
        if admin.site.is_registered(model):
            admin.site.unregister(model)


_unregister_queue()

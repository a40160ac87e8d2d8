"""The admin of jobs: one page that says why a job is not done. State moves by `move_to` alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.views.decorators.http import require_POST, require_safe

from jobs import reasons, wording
from jobs.check.review import Review, review_of
from jobs.desk.rows import (
    NewestFirst,
    OpenAlarms,
    OwnPipelines,
    ReadOnly,
    Removals,
    Repetitions,
    Results,
    Timeline,
    decision_link,
)
from jobs.forms import DecisionForm
from jobs.letters.admin import LetterDoors, ReturnedLetters
from jobs.letters.told import letters_of
from jobs.models import Alarm, Job, LostRace
from jobs.rehearsal_page.admin import RehearsedPipelineAdmin
from jobs.results.admin import LinkDoors, links_of
from jobs.results.record.made import is_made
from jobs.results.record.pages import as_download
from jobs.starts.admin import starts_of
from jobs.starts.fruitless import is_on_hold
from jobs.states import State
from jobs.status_page import standing
from jobs.status_page.history import is_by_person
from jobs.steps.decide import TooLate, decide, may_become
from jobs.steps.resend import may_resend
from pipelines.models import Pipeline
from pipelines.scope import sees_all

WHY_CHARACTERS = 120
WIDE_LISTS = {"all": ["css/admin.css"]}
admin.site.enable_nav_sidebar = False  # the lists need its room; the index has the same links
DECISIONS = {
    "release": State.CLEAN,
    "go-on": State.PENDING,
    "reject": State.REJECTED,
    "cancel": State.CANCELLED,
}
# Of what is decided in the list, for many at once.
USUAL_REASONS = {"reject": reasons.REJECTED, "cancel": reasons.CANCELLED_BY_STAFF}


@admin.register(Job)
class JobAdmin(ReadOnly, LetterDoors, LinkDoors):
    """A job and all that is known of it."""

    owner_path = "pipeline__owners"
    list_display = ["short_id", "title", "email", "state", "to_decide", "why", "changed"]
    change_form_template = "admin/job.html"

    class Media:
        """The lists' own sheet, and the job page's."""

        css = WIDE_LISTS

    list_filter = ["state", OwnPipelines, NewestFirst, ReturnedLetters]
    list_select_related = ["pipeline"]
    search_fields = ["email__exact", "slurm_id__exact", "id__startswith"]
    search_help_text = "A whole e-mail address, a Slurm job id, or the beginning of a job's id."
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # counting each choice reads the whole table
    actions = ["reject", "cancel"]  # released is one by one, on its page, with a reason
    inlines = [Timeline, Results, Repetitions, Removals]
    fieldsets = [
        (None, {"fields": ["title", "email", "id", "again_of"]}),
        (
            "When",
            {"fields": ["created_at", "changed_at", "confirmed_at", "accepted_at", "expires_at"]},
        ),
        (
            "On the cluster",
            {
                "fields": [
                    "cluster",
                    "submission",
                    "slurm_id",
                    "slurm_state",
                    "slurm_reason",
                    "expected_start_at",
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
        """The pipeline's title; a rehearsal's job is no collaborator's."""
        return f"{job.pipeline.title} (rehearsal)" if job.rehearsal_id else job.pipeline.title

    @admin.display(description="why")
    def why(self, job: Job) -> str:
        """What it waits for, else the last move's reason; the whole of it is on the job's page."""
        return Truncator(job.waiting_for or job.reason).chars(WHY_CHARACTERS)

    @admin.display(description="to decide")
    def to_decide(self, job: Job) -> str:
        """Where a person decides, after a look at what it is decided by; nothing elsewhere."""
        return decision_link(job)

    @admin.display(description="changed", ordering="changed_at")
    def changed(self, job: Job) -> str:
        """When it came into its state, in few letters."""
        return wording.short_moment_text(job.changed_at)

    def get_urls(self) -> list[URLPattern]:
        """Two more: for what is decided on a job's page, and for the record of its run."""
        decide = self.admin_site.admin_view(require_POST(self.decide_view))
        record = self.admin_site.admin_view(require_safe(self.record_view))
        own = [
            path("<uuid:pk>/decide/", decide, name="jobs_job_decide"),
            path("<uuid:pk>/record/", record, name="jobs_job_record"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """To others than its PI and support it is not there; Django would send them elsewhere."""
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404
        return super().change_view(request, object_id, *args, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page begins with where the job stands, why, and what can be decided about it."""
        job: Job = context["original"]
        choices = [name for name, state in DECISIONS.items() if may_become(job, state)]
        context["review"] = review = review_of(job)
        context["why"] = "" if _is_said(job, review) else standing.reason_for_sender(job)
        on_hold = is_on_hold(job)
        context["stands"] = standing.headline(job) if on_hold else job.get_state_display()
        context["starts"] = starts_of(job)
        context["is_made"] = is_made(job)
        context["letters"] = letters_of(job)
        context["links"] = links_of(job)
        may_act = self.has_act_permission(request)
        context["may_resend"] = may_act and may_resend(job)
        context["may_act_on_links"] = may_act
        context["decisions"] = choices if may_act else []
        return super().render_change_form(request, context, *args, **kwargs)

    def record_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """How its result was made, for programs; 404 where there never was one."""
        job = self.get_object(request, str(pk))
        if job is None or not is_made(job):
            raise Http404
        return as_download(job)

    def decide_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """A decision made on the job's page, with its reason."""
        job = self.job_to_act_on(request, pk)
        form = DecisionForm(request.POST)
        if form.is_valid():
            state = DECISIONS[form.cleaned_data["decision"]]
            self._decide_one(request, job, state, form.cleaned_data["reason"])
        else:
            words = [str(word) for errors in form.errors.values() for word in errors]
            self.message_user(request, " ".join(words), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[pk]))

    @admin.action(description="Reject held files", permissions=["act"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """held → rejected."""
        self._decide_all(request, queryset, "reject")

    @admin.action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Any state before delivered → cancelled; the clean-up ends the Slurm job."""
        self._decide_all(request, queryset, "cancel")

    def _decide_all(self, request: HttpRequest, jobs: QuerySet[Job], decision: str) -> None:
        for job in jobs:
            self._decide_one(request, job, DECISIONS[decision], USUAL_REASONS[decision])

    def _decide_one(self, request: HttpRequest, job: Job, state: State, reason: str) -> None:
        try:
            decide(job, state, reason, actor=request.user.get_username())
        except TooLate:
            self.message_user(request, _too_late(job), messages.WARNING)
        except LostRace:
            self.message_user(request, f"Job {job} moves too fast; try again.", messages.WARNING)
        else:
            self.message_user(
                request, f"Job {job} is {job.get_state_display()} now.", messages.SUCCESS
            )


def _is_said(job: Job, review: Review | None) -> bool:
    """Whether the review says, file by file, why the check decided; the timeline says it too."""
    last = job.transitions.last()
    is_of_check = last is not None and last.old == State.SCANNING
    return is_of_check and review is not None and any(row.points for row in review.rows)


def _too_late(job: Job) -> str:
    """What to tell the second of two who decided: who was first, and how."""
    last = job.transitions.last()
    if last is None or not is_by_person(last):
        return f"Job {job} is {job.get_state_display()}; left alone."
    at = wording.short_moment_text(last.at, seconds=True)
    stands = job.get_state_display()
    return f"Too late: {last.actor} has decided, at {at}. Job {job} is {stands}: {last.reason}"


@admin.register(Alarm)
class AlarmAdmin(ReadOnly, admin.ModelAdmin[Alarm]):
    """What staff must know of, for those who look after the whole site."""

    list_display = ["state", "text", "raised", "seen"]
    list_display_links = ["state"]
    list_filter = [OpenAlarms]
    show_facets = admin.ShowFacets.NEVER
    ordering = [F("ended_at").desc(nulls_first=True), "-raised_at"]
    fields = ["text", "cause", "raised_at", "seen_at", "ended_at"]

    class Media:
        """The lists' own sheet."""

        css = WIDE_LISTS

    @admin.display(description="state")
    def state(self, alarm: Alarm) -> str:
        """Whether its cause is still there."""
        return "over" if alarm.ended_at else "open"

    @admin.display(description="since", ordering="raised_at")
    def raised(self, alarm: Alarm) -> str:
        """When it was first seen."""
        return wording.short_moment_text(alarm.raised_at)

    @admin.display(description="last seen", ordering="seen_at")
    def seen(self, alarm: Alarm) -> str:
        """When it was there for the last time."""
        return wording.short_moment_text(alarm.seen_at)

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
# The room of pipelines knows nothing of jobs, nor of the rehearsals that its page shows.
admin.site.unregister(Pipeline)
admin.site.register(Pipeline, RehearsedPipelineAdmin)

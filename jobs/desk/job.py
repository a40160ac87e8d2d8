"""The admin of jobs: one page that says why a job is not done. State moves by `move_to` alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from jobs import wording
from jobs.check.review import Review, review_of
from jobs.desk.at_once import AtOnceDoors
from jobs.desk.decisions import choices_of
from jobs.desk.filters import NewestFirst, OwnPipelines, ReturnedLetters
from jobs.desk.letters import LetterDoors
from jobs.desk.links import LinkDoors, links_of
from jobs.desk.rows import WIDE_LISTS, ReadOnly, Removals, Repetitions, Results, Timeline
from jobs.desk.starts import starts_of
from jobs.letters.told import letters_of
from jobs.models import Job
from jobs.results.ends import is_withdrawn
from jobs.results.record.made import is_made
from jobs.results.record.pages import as_download
from jobs.starts.fruitless import is_on_hold
from jobs.states import State
from jobs.status_page import standing
from jobs.steps.resend import may_resend, same_letters
from jobs.translated import translated

WHY_CHARACTERS = 120


class JobAdmin(ReadOnly, AtOnceDoors, LetterDoors, LinkDoors):
    """A job and all that is known of it."""

    owner_path = "pipeline__owners"
    list_display = ["short_id", "title", "email", "state", "to_decide", "why", "changed"]
    change_form_template = "admin/job.html"

    class Media:
        """The lists' own sheet, and the job page's."""

        css = WIDE_LISTS

    list_filter = ["state", OwnPipelines, NewestFirst, ReturnedLetters]
    list_select_related = ["pipeline"]
    search_fields = ["email", "slurm_id__exact", "id__startswith"]
    search_help_text = _(
        "Part of an e-mail address, a Slurm job id, or the beginning of a job's id."
    )
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # counting each choice reads the whole table
    inlines = [Timeline, Results, Repetitions, Removals]
    fieldsets = [
        (None, {"fields": ["title", "email", "id", "again_of"]}),
        (
            _("When"),
            {"fields": ["created_at", "changed_at", "confirmed_at", "accepted_at", "expires_at"]},
        ),
        (
            _("On the cluster"),
            {
                "fields": [
                    "cluster",
                    "submission",
                    "slurm_id",
                    "last_slurm_state",
                    "slurm_reason",
                    "expected_start_at",
                    "restart_count",
                    "code",
                ]
            },
        ),
        (_("The end of the run's log"), {"fields": ["log_tail"], "classes": ["collapse"]}),
        (
            _("The worker"),
            {"fields": ["due_at", "lease_until", "tries", "outages", "unseen_since"]},
        ),
        (
            _("Deleted"),
            {"fields": ["inputs_deleted_at", "results_deleted_at", "scratch_removed_at"]},
        ),
    ]

    @admin.display(description=_("short id"))
    def short_id(self, job: Job) -> str:
        """Enough to talk about it."""
        return job.short_id

    @admin.display(description=_("pipeline"))
    def title(self, job: Job) -> str:
        """The pipeline's title; a rehearsal's job is no collaborator's."""
        title = job.pipeline.title
        return gettext("%(title)s (rehearsal)") % {"title": title} if job.rehearsal_id else title

    @admin.display(description=_("Slurm state"))
    def last_slurm_state(self, job: Job) -> str:
        """As Slurm was last asked: a job that has ended is not asked about again."""
        is_past = job.is_over or job.state in (State.COMPLETED, State.DELIVERED)
        if not is_past or not job.slurm_state:
            return job.slurm_state
        return gettext("%(state)s (last seen before it ended)") % {"state": job.slurm_state}

    @admin.display(description=_("why"))
    def why(self, job: Job) -> str:
        """What it waits for, else the last move's reason; the whole of it is on the job's page."""
        return Truncator(translated(job.waiting_for or job.reason)).chars(WHY_CHARACTERS)

    @admin.display(description=_("changed"), ordering="changed_at")
    def changed(self, job: Job) -> str:
        """When it came into its state, in few letters."""
        return wording.short_moment_text(job.changed_at)

    def get_urls(self) -> list[URLPattern]:
        """One more, for the record of its run."""
        view = self.admin_site.admin_view(require_safe(self.record_view))
        return [path("<uuid:pk>/record/", view, name="jobs_job_record"), *super().get_urls()]

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
        context["review"] = review = review_of(job)
        has_no_link = standing.is_withdrawn(job)
        is_said = has_no_link or _is_said(job, review)
        context["why"] = "" if is_said else standing.reason_for_sender(job)
        is_special = has_no_link or is_on_hold(job)
        context["stands"] = standing.headline(job) if is_special else job.get_state_display()
        context["starts"] = starts_of(job)
        context["is_made"] = is_made(job)
        context["letters"] = letters_of(job)
        context["links"] = links_of(job)
        may_act = self.has_act_permission(request)
        context["may_resend"] = may_act and may_resend(job)
        context["is_withdrawn"] = is_withdrawn(job)
        context["same_letters"] = same_letters(job) if context["may_resend"] else []
        context["may_act_on_links"] = may_act
        context["decisions"] = choices_of(job) if may_act else []
        return super().render_change_form(request, context, *args, **kwargs)

    def record_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """How its result was made, for programs; 404 where there never was one."""
        job = self.get_object(request, str(pk))
        if job is None or not is_made(job):
            raise Http404
        return as_download(job)


def _is_said(job: Job, review: Review | None) -> bool:
    """Whether the review says, file by file, why the check decided; the timeline says it too."""
    last = job.transitions.last()
    is_of_check = last is not None and last.old == State.SCANNING
    return is_of_check and review is not None and any(row.points for row in review.rows)

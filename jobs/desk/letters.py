"""The admin of letters, and how they are sent again on the page of their job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from jobs.desk.doors import JobDoors
from jobs.desk.rows import ReadOnly
from jobs.forms import ResendForm
from jobs.letters.told import became
from jobs.models import Job, Letter, LostRace
from jobs.steps.resend import NothingToSend, resend
from pipelines.scope import ScopedAdmin


class LetterDoors(JobDoors):
    """The part of a job's admin that sends its letter again."""

    def get_urls(self) -> list[URLPattern]:
        """One more."""
        view = self.admin_site.admin_view(require_POST(self.resend_view))
        own = path("<uuid:pk>/resend/", view, name="jobs_job_resend")
        return [own, *super().get_urls()]

    def resend_view(self, request: HttpRequest, pk: UUID) -> HttpResponseRedirect:
        """Send the letter that tells where the job stands, to the address in the form."""
        job = self.job_to_act_on(request, pk)
        form = ResendForm(request.POST)
        if form.is_valid():
            self.message_user(request, *self._resent(job, form.cleaned_data, request))
        else:
            self.message_user(request, " ".join(map(str, form.errors["email"])), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[pk]))

    def _resent(self, job: Job, said: dict[str, Any], request: HttpRequest) -> tuple[str, int]:
        old_sha256, actor = job.status_sha256, request.user.get_username()
        try:
            others = resend(job, said["email"], actor=actor, in_wrong_hands=said["in_wrong_hands"])
        except NothingToSend:
            return (
                f"Job {job} is {job.get_state_display()}: no letter tells of that.",
                messages.WARNING,
            )
        except LostRace:
            return f"Job {job} moves too fast; try again.", messages.WARNING
        ended = (
            "" if job.status_sha256 == old_sha256 else " The links of earlier letters have ended."
        )
        same = _of_others(others)
        return f"A letter goes to {job.email}.{ended}{same}", messages.SUCCESS


def _of_others(jobs: list[Job]) -> str:
    """What was done with it for other jobs on the same files."""
    names = ", ".join(map(str, jobs))
    return f" The same was done for what runs on the same files: {names}." if jobs else ""


class LetterAdmin(ReadOnly, ScopedAdmin[Letter]):
    """Letters, sent and to be sent."""

    owner_path = "transition__job__pipeline__owners"
    list_display = ["created_at", "kind", "recipient", "job", "became"]
    list_filter = ["kind"]
    list_select_related = ["transition__job"]
    search_fields = ["recipient__exact"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letter]:
        """With what mail services told."""
        return super().get_queryset(request).prefetch_related("events")

    @admin.display(description="what became of it")
    def became(self, letter: Letter) -> str:
        """As on its job's page."""
        return became(letter)

    @admin.display(description="job")
    def job(self, letter: Letter) -> str:
        """A link to its job; none for an alarm's."""
        if letter.transition is None:
            return "-"
        pk = letter.transition.job_id
        url = reverse("admin:jobs_job_change", args=[pk])
        return format_html('<a href="{}">{}</a>', url, str(pk)[:8])

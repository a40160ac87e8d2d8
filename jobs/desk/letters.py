"""The admin of letters, and how they are sent again on the page of their job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from jobs.desk.decisions import moves_too_fast
from jobs.desk.doors import JobDoors
from jobs.desk.rows import WIDE_LISTS, ReadOnly
from jobs.forms import ResendForm
from jobs.letters.told import became
from jobs.models import Job, Letter, LostRace
from jobs.results.ends import is_withdrawn
from jobs.steps.resend import NothingToSend, ResultWithdrawn, resend
from pipelines.scope import ScopedAdmin

WITHDRAWN = _(
    "Nothing was sent: the link to the result was ended. Say that a new one is to be made, and "
    "send the letter again."
)


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
            others = resend(job, actor=actor, **said)
        except ResultWithdrawn:
            return str(WITHDRAWN), messages.WARNING
        except NothingToSend:
            words = gettext("Job %(job)s is “%(state)s”: no letter tells of that.")
            return words % {"job": job, "state": job.get_state_display()}, messages.WARNING
        except LostRace:
            return moves_too_fast(job), messages.WARNING
        said_now = [_of_letter(job)]
        if job.status_sha256 != old_sha256:
            said_now.append(gettext("The links of earlier letters have ended."))
        return " ".join([*said_now, *_of_others(others)]), messages.SUCCESS


def _of_letter(job: Job) -> str:
    """Whether one goes; an address that was corrected gives nobody back what was withdrawn."""
    if is_withdrawn(job):
        words = gettext(
            "Later letters go to %(email)s. None goes now: the link to the result was ended and "
            "stays so, until a new one is mailed."
        )
        return words % {"email": job.email}
    return gettext("A letter goes to %(email)s.") % {"email": job.email}


def _of_others(jobs: list[Job]) -> list[str]:
    """What was done with it for other jobs on the same files."""
    same = ", ".join(str(job) for job in jobs)
    ended = ", ".join(str(job) for job in jobs if is_withdrawn(job))
    done = gettext("The same was done for what runs on the same files: %(jobs)s.")
    stays = gettext("The link to the result of %(jobs)s was ended and stays so; no letter says so.")
    return [words % {"jobs": names} for words, names in ((done, same), (stays, ended)) if names]


class LetterAdmin(ReadOnly, ScopedAdmin[Letter]):
    """Letters, sent and to be sent."""

    owner_path = "transition__job__pipeline__owners"
    ordering = ["-created_at", "-pk"]
    list_display = ["created_at", "kind", "recipient", "job", "became"]
    list_filter = ["kind"]
    list_select_related = ["transition__job"]
    search_fields = ["recipient__exact"]
    show_full_result_count = False

    class Media:
        """The lists' own sheet."""

        css = WIDE_LISTS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letter]:
        """With what mail services told."""
        return super().get_queryset(request).prefetch_related("events")

    @admin.display(description=_("what became of it"))
    def became(self, letter: Letter) -> str:
        """As on its job's page."""
        return became(letter)

    @admin.display(description=_("job"))
    def job(self, letter: Letter) -> str:
        """A link to its job; none for an alarm's."""
        if letter.transition is None:
            return "-"
        pk = letter.transition.job_id
        url = reverse("admin:jobs_job_change", args=[pk])
        return format_html('<a href="{}">{}</a>', url, str(pk)[:8])

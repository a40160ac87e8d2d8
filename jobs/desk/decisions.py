"""What staff decide about a job, on its own page."""

from __future__ import annotations

from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from jobs.desk.doors import JobDoors
from jobs.forms import DecisionForm
from jobs.models import Job, LostRace
from jobs.starts.fruitless import is_on_hold
from jobs.states import State
from jobs.status_page.history import is_by_person
from jobs.steps.decide import TooLate, decide, may_become
from jobs.wording import short_moment_text

DECISIONS = {
    "release": State.CLEAN,
    "go-on": State.PENDING,
    "reject": State.REJECTED,
    "cancel": State.CANCELLED,
}


def choices_of(job: Job) -> list[str]:
    """What can be decided about it now, by the names of the page's buttons."""
    return [name for name, state in DECISIONS.items() if may_become(job, state)]


class DecisionDoors(JobDoors):
    """The part of a job's admin by which people decide."""

    @admin.display(description=_("to decide"))
    def to_decide(self, job: Job) -> str:
        """From the list to what whoever decides has to see first: nothing is released in a list."""
        if job.state != State.HELD and not is_on_hold(job):
            return ""
        is_held = job.state == State.HELD
        words, place = (gettext("Review"), "review") if is_held else (gettext("Decide"), "decide")
        page = reverse("admin:jobs_job_change", args=[job.pk])
        spoken = gettext("%(words)s: job %(job)s") % {"words": words, "job": job.short_id}
        link = '<a href="{0}#{1}" aria-label="{2}">{3}</a>'
        return format_html(link, page, place, spoken, words)

    def get_urls(self) -> list[URLPattern]:
        """One more."""
        view = self.admin_site.admin_view(require_POST(self.decide_view))
        return [path("<uuid:pk>/decide/", view, name="jobs_job_decide"), *super().get_urls()]

    def decide_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """A decision made on the job's page, with its reason."""
        job = self.job_to_act_on(request, pk)
        form = DecisionForm(request.POST)
        if form.is_valid():
            state = DECISIONS[form.cleaned_data["decision"]]
            actor = request.user.get_username()
            words, level = said_of(job, state, form.cleaned_data["reason"], actor=actor)
        else:
            errors = [str(word) for words in form.errors.values() for word in words]
            words, level = " ".join(errors), messages.ERROR
        self.message_user(request, words, level)
        return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[pk]))


def said_of(job: Job, state: State, reason: str, *, actor: str) -> tuple[str, int]:
    """Decide so, and say in words what became of it, with the level of that message."""
    try:
        decide(job, state, reason, actor=actor)
    except TooLate:
        return _too_late(job), messages.WARNING
    except LostRace:
        return moves_too_fast(job), messages.WARNING
    words = gettext("Job %(job)s is “%(state)s” now.")
    return words % {"job": job, "state": job.get_state_display()}, messages.SUCCESS


def moves_too_fast(job: Job) -> str:
    """What to tell whoever lost a race."""
    return gettext("Job %(job)s moves too fast; try again.") % {"job": job}


def _too_late(job: Job) -> str:
    """What to tell the second of two who decided: who was first, and how."""
    last = job.transitions.last()
    told = {"job": job, "state": job.get_state_display()}
    if last is None or not is_by_person(last):
        return gettext("Job %(job)s is “%(state)s”; left alone.") % told
    told |= {"actor": last.actor, "at": short_moment_text(last.at, seconds=True)}
    words = gettext("Too late: %(actor)s has decided, at %(at)s. Job %(job)s is “%(state)s”:")
    return f"{words % told} {last.reason}"

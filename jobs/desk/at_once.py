"""What staff decide about many jobs at once: chosen in the list, and asked for once more."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from jobs.desk.decisions import DECISIONS, DecisionDoors, said_of
from jobs.forms import DecisionForm
from jobs.models import Job
from jobs.steps.decide import may_become

LIST = "admin:jobs_job_changelist"
AT_MOST = 500  # a form has a field for each, and Django takes no more than a thousand
TITLES = {"reject": _("Reject the files of these jobs?"), "cancel": _("Cancel these jobs?")}


class AtOnceForm(DecisionForm):
    """One reason for all of them."""

    decision = forms.ChoiceField(choices=[("reject", ""), ("cancel", "")])

    def __init__(self, data: Any, jobs: QuerySet[Job]) -> None:
        super().__init__(data)
        self.fields["jobs"] = forms.ModelMultipleChoiceField(jobs)


class AtOnceDoors(DecisionDoors):
    """The part of the jobs' list by which people decide."""

    actions = ["reject", "cancel"]  # released is one by one, on its page

    def get_urls(self) -> list[URLPattern]:
        """One more, for what was asked for once more."""
        view = self.admin_site.admin_view(require_POST(self.at_once_view))
        return [path("decide/", view, name="jobs_job_at_once"), *super().get_urls()]

    @admin.action(description=_("Reject held files …"), permissions=["act"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        """held → rejected, after a question."""
        return self._ask(request, queryset, "reject")

    @admin.action(description=_("Cancel …"), permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        """Any state before delivered → cancelled, after a question."""
        return self._ask(request, queryset, "cancel")

    def at_once_view(self, request: HttpRequest) -> HttpResponse:
        """Decide about those that are still where it can be decided; the others are named."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        form = AtOnceForm(request.POST, self.get_queryset(request))
        if form.is_valid():
            self._decide_all(request, form.cleaned_data)
            return HttpResponseRedirect(reverse(LIST))
        words = " ".join(str(word) for errors in form.errors.values() for word in errors)
        self.message_user(request, words, messages.ERROR)
        if "jobs" in form.errors or "decision" in form.errors:
            return HttpResponseRedirect(reverse(LIST))
        data = form.cleaned_data
        return self._ask(request, data["jobs"], data["decision"]) or HttpResponseRedirect(
            reverse(LIST)
        )

    def _decide_all(self, request: HttpRequest, data: dict[str, Any]) -> None:
        state, actor = DECISIONS[data["decision"]], request.user.get_username()
        done = []
        for job in data["jobs"]:
            words, level = said_of(job, state, data["reason"], actor=actor)
            if level == messages.SUCCESS:
                done.append(str(job))
            else:
                self.message_user(request, words, level)
        if done:
            words = gettext("%(done)d of %(all)d are “%(state)s” now: %(jobs)s.") % {
                "done": len(done),
                "all": len(data["jobs"]),
                "state": state.label,
                "jobs": ", ".join(done),
            }
            self.message_user(request, words, messages.SUCCESS)

    def _ask(self, request: HttpRequest, jobs: QuerySet[Job], decision: str) -> HttpResponse | None:
        chosen = list(jobs.select_related("pipeline")[: AT_MOST + 1])
        able = [job for job in chosen if may_become(job, DECISIONS[decision])]
        if len(chosen) > AT_MOST or not able:
            words = (
                gettext("Please choose %(most)d jobs at most.") % {"most": AT_MOST}
                if able
                else gettext("Of these jobs none stands where that can be decided.")
            )
            self.message_user(request, words, messages.WARNING)
            return None
        context = self.admin_site.each_context(request) | {
            "title": TITLES[decision],
            "decision": decision,
            "able": able,
            "others": [job for job in chosen if job not in able],
        }
        return TemplateResponse(request, "admin/at_once.html", context)

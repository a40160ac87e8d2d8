"""What the admin shows of a job's links and what was done with them, and the doors to do more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from jobs import reasons
from jobs.desk.doors import JobDoors
from jobs.models import Job, LinkAct, ResultLink
from jobs.results import acts
from jobs.results.ends import is_kept, latest_end
from jobs.steps.resend import NothingToSend, resend
from jobs.translated import translated
from jobs.wording import actor_text, day_text, short_moment_text, shown_name

SHOWN = 100
OVER = _("The link has ended; nothing was changed.")
# What cannot be taken back is asked about once.
QUESTIONS = {"end": _("End this link?"), "renew": _("Mail a new link?")}


class LinkForm(forms.Form):
    """What is to be done with a job's link, and why."""

    act = forms.ChoiceField(choices=[("keep", ""), ("end", ""), ("renew", "")])
    until = forms.DateField(required=False)
    sure = forms.BooleanField(required=False)
    in_wrong_hands = forms.BooleanField(required=False)
    reason = forms.CharField(required=False, max_length=500)


@dataclass(frozen=True)
class Row:
    """One act, in words."""

    act: LinkAct
    actor: str
    detail: str


@dataclass(frozen=True)
class Links:
    """The links of a job, and what was done with them, the newest first."""

    links: Sequence[ResultLink]
    replaced: Collection[int]
    live: ResultLink | None
    rows: Sequence[Row]
    not_shown: int
    earliest: date
    latest: date
    is_kept: bool


def links_of(job: Job) -> Links | None:
    """None where it never had one."""
    links = list(job.links.all())
    if not links:
        return None
    done = LinkAct.objects.filter(link__job=job).select_related("link").order_by("-at", "-id")
    shown, live = list(done[:SHOWN]), next((link for link in links if link.is_live), None)
    names = _names_of(job, shown)
    return Links(
        links=links,
        replaced=_replaced(job),
        live=live,
        rows=[_row(act, names) for act in shown],
        not_shown=done.count() - len(shown),
        earliest=timezone.localdate(live.expires_at if live else None),
        latest=timezone.localdate(latest_end(job)),
        is_kept=is_kept(job),
    )


def _replaced(job: Job) -> set[int]:
    ends = LinkAct.objects.filter(link__job=job, kind=LinkAct.Kind.REVOKED)
    return set(
        ends.filter(detail__startswith=reasons.LINK_REPLACED).values_list("link_id", flat=True)
    )


def _names_of(job: Job, shown: Sequence[LinkAct]) -> dict[int, str]:
    numbers = {act.file_number for act in shown if act.file_number is not None}
    return dict(job.results.filter(number__in=numbers).values_list("number", "name"))


def _row(act: LinkAct, names: dict[int, str]) -> Row:
    is_download = act.kind == LinkAct.Kind.DOWNLOADED
    return Row(act, actor_text(act.actor), _file(act, names) if is_download else _detail(act))


def _detail(act: LinkAct) -> str:
    """Why, or until when, as `acts` has stored it in English."""
    try:
        end = datetime.strptime(act.detail, "until %d %b %Y, %H:%M")
    except ValueError:
        return translated(act.detail)
    return gettext("until %(moment)s") % {"moment": short_moment_text(timezone.make_aware(end))}


def _file(act: LinkAct, names: dict[int, str]) -> str:
    if act.file_number is None:
        return gettext("all files in one")
    return shown_name(
        names.get(act.file_number, gettext("file %(number)d") % {"number": act.file_number})
    )


class LinkDoors(JobDoors):
    """The part of a job's admin that keeps, ends and renews the link to its result."""

    def get_urls(self) -> list[URLPattern]:
        """One more, for what is done with links."""
        view = self.admin_site.admin_view(require_POST(self.links_view))
        return [path("<uuid:pk>/links/", view, name="jobs_job_links"), *super().get_urls()]

    def links_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Do it, and go back to the job's page, which says what became of it; or ask first."""
        job = self.job_to_act_on(request, pk)
        form = LinkForm(request.POST)
        if form.is_valid():
            said = form.cleaned_data
            if said["act"] in QUESTIONS and not said["sure"]:
                return self._question(request, job, said)
            words, level = ACTS[said["act"]](job, request.user.get_username(), said)
        else:
            words, level = gettext("Please choose what to do, and a date."), messages.ERROR
        self.message_user(request, words, level)
        return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[pk]))

    def _question(self, request: HttpRequest, job: Job, said: dict[str, Any]) -> HttpResponse:
        context = {"title": QUESTIONS[said["act"]], "original": job, "said": said}
        return TemplateResponse(
            request, "admin/link_sure.html", self.admin_site.each_context(request) | context
        )


def _live(job: Job) -> ResultLink | None:
    return job.links.filter(revoked_at=None, expires_at__gt=timezone.now()).first()


def _keep(job: Job, actor: str, said: dict[str, Any]) -> tuple[str, int]:
    link, day = _live(job), said["until"]
    if link is None:
        return str(OVER), messages.WARNING
    if day is None or day > timezone.localdate(latest_end(job)):
        latest = day_text(timezone.localdate(latest_end(job)))
        words = gettext("Please choose a day, %(latest)s at the latest.")
        return words % {"latest": latest}, messages.ERROR
    if not acts.extend(link, _end_of(day), actor=actor):
        return gettext("It is kept longer than that already, or has ended."), messages.WARNING
    words = gettext("The result is kept until the end of %(day)s now.")
    return words % {"day": day_text(day)}, messages.SUCCESS


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


def _end(job: Job, actor: str, said: dict[str, Any]) -> tuple[str, int]:
    link = _live(job)
    if link is None or not acts.revoke(link, actor=actor, why=said["reason"]):
        return str(OVER), messages.WARNING
    words = gettext("The link has ended. The files are kept until their time is over.")
    return words, messages.SUCCESS


def _renew(job: Job, actor: str, said: dict[str, Any]) -> tuple[str, int]:
    try:
        why, in_wrong_hands = said["reason"] or reasons.LINK_MAILED_ANEW, said["in_wrong_hands"]
        resend(
            job,
            job.email,
            actor=actor,
            why=why,
            in_wrong_hands=in_wrong_hands,
            with_new_link=True,
        )
    except NothingToSend:
        words = gettext("The result's time is over: there is nothing to link to.")
        return words, messages.WARNING
    words = gettext("A new link to the result goes to %(email)s; those before have ended.")
    return words % {"email": job.email}, messages.SUCCESS


ACTS = {"keep": _keep, "end": _end, "renew": _renew}

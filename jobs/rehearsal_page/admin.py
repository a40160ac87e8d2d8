"""The admin of a pipeline, with its rehearsals: where it stands, the buttons, and the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from jobs import wording
from jobs.forms import WaiverForm
from jobs.models import LostRace, Rehearsal
from jobs.new_job import ClusterIsGone
from jobs.rehearsal.figures import told
from jobs.rehearsal.rows import NoTestInput, UnderWay, drop_input, kept_input_of, open_one
from jobs.rehearsal_page.acts import cluster_is_gone, pass_for, repeat, stop
from pipelines.admin import PipelineAdmin
from pipelines.models import Pipeline
from pipelines.publish import waive
from pipelines.scope import sees_all

UNDER_WAY = _("A rehearsal is under way. Wait for it, or stop it.")
NO_INPUT = _("There is no test input yet: send one first.")
SHOWN = 20
NAMED = 5  # of the test input's files


@dataclass(frozen=True)
class Told:
    """A rehearsal as staff read of it."""

    row: Rehearsal

    @property
    def begun(self) -> str:
        """When, and by whom."""
        at = wording.short_moment_text(self.row.started_at)
        told = {"at": at, "actor": self.row.started_by.get_username()}
        return gettext("%(at)s, by %(actor)s") % told

    @property
    def figures(self) -> str:
        """What it took, and what the interruptions cost."""
        return told(self.row.figures)

    @property
    def jobs(self) -> SafeString:
        """Links to the pages of its jobs, with their states."""
        rows = [
            (reverse("admin:jobs_job_change", args=[job.pk]), job.short_id, job.get_state_display())
            for job in self.row.jobs.order_by("created_at")
        ]
        return format_html_join(", ", '<a href="{}">{}</a> ({})', rows)


class RehearsedPipelineAdmin(PipelineAdmin):
    """A PI's offer, whose code is rehearsed before it serves."""

    change_form_template = "admin/pipeline.html"

    def get_urls(self) -> list[URLPattern]:
        """More, for what the buttons do."""
        acts = {"rehearse": self.rehearse_view, "waive": self.waive_view}
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"pipelines_pipeline_{name}",
            )
            for name, view in acts.items()
        ]
        return [*own, *super().get_urls()]

    def response_add(
        self, request: HttpRequest, obj: Pipeline, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to its own page, which says what comes next: the rehearsal."""
        answer = super().response_add(request, obj, post_url_continue)
        return answer if "_addanother" in request.POST else self._back(obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page begins with what the newest code has proved, and what can be done about it."""
        pipeline: Pipeline | None = context.get("original")
        if pipeline:
            context |= self._standing(request, pipeline)
        return super().render_change_form(request, context, *args, **kwargs)

    def _standing(self, request: HttpRequest, pipeline: Pipeline) -> dict[str, Any]:
        rows = pipeline.rehearsals.select_related("code", "started_by")
        history = [Told(one) for one in rows[:SHOWN]]
        newest, kept = pipeline.newest, kept_input_of(pipeline)
        ended = (one for one in history if one.row.code == newest and one.row.ended_at)
        is_waivable = newest is not None and not newest.may_serve
        may_rehearse = self.has_change_permission(request, pipeline)
        return {
            "newest": newest,
            "history": history,
            "under_way": next((one for one in history if not one.row.ended_at), None),
            "last": next(ended, None),
            "kept_files": kept.upload.files.all()[:NAMED] if kept else [],
            "kept_count": kept.upload.files.count() if kept else 0,
            "may_rehearse": may_rehearse,
            "may_waive": is_waivable and sees_all(request.user),
            "pass": pass_for(pipeline, request.user) if may_rehearse else "",  # type: ignore[arg-type]
        }

    def rehearse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin a rehearsal on the test input, stop one, or delete the test input."""
        pipeline = self._pipeline(request, pk)
        if not self.has_change_permission(request, pipeline):
            raise PermissionDenied
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        try:
            self.message_user(request, act(pipeline, request.user), messages.SUCCESS)
        except UnderWay:
            self.message_user(request, str(UNDER_WAY), messages.WARNING)
        except NoTestInput:
            self.message_user(request, str(NO_INPUT), messages.WARNING)
        except ClusterIsGone as error:
            self.message_user(request, cluster_is_gone(error), messages.WARNING)
        except LostRace:
            words = gettext("Its job moves too fast; try again.")
            self.message_user(request, words, messages.WARNING)
        return self._back(pipeline)

    def waive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Staff let the newest version serve without a rehearsal, with a reason."""
        pipeline, form = self._pipeline(request, pk), WaiverForm(request.POST)
        if not sees_all(request.user):
            raise PermissionDenied
        if form.is_valid() and pipeline.newest:
            waive(pipeline.newest, form.cleaned_data["reason"], request.user)  # type: ignore[arg-type]
            words = gettext("Version %(number)d may serve now, without a rehearsal.")
            words %= {"number": pipeline.newest.number}
            self.message_user(request, words, messages.SUCCESS)
        else:
            self.message_user(request, gettext("Please write the reason."), messages.ERROR)
        return self._back(pipeline)

    def _pipeline(self, request: HttpRequest, pk: int) -> Pipeline:
        """To others than its PI and support it is not there."""
        pipeline = self.get_object(request, str(pk))
        if pipeline is None:
            raise Http404
        return pipeline

    def _back(self, pipeline: Pipeline) -> HttpResponse:
        url = reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])
        return HttpResponseRedirect(url)


def _begin(pipeline: Pipeline, user: Any) -> str:
    repeat(pipeline, user)
    return gettext(
        "The rehearsal has begun. A letter tells you how it went; this page shows it, too."
    )


def _stop(pipeline: Pipeline, user: Any) -> str:
    if under_way := open_one(pipeline):
        stop(under_way, user)
    return gettext("The rehearsal is stopped.")


def _delete(pipeline: Pipeline, user: Any) -> str:
    drop_input(pipeline)
    return gettext("The test input is being deleted.")


ACTS = {"begin": _begin, "stop": _stop, "delete": _delete}

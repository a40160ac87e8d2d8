"""The page of a pipeline: what it is, and where files are announced to it."""

from __future__ import annotations

import math
from dataclasses import asdict

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from jobs.forms import TRAP, Announcement, BadAnnouncement, SubmissionForm, read_announcement
from jobs.idle import partition
from jobs.models import Job
from jobs.new_job import ClusterIsGone
from jobs.pipeline_page.quota import over_quota
from jobs.pipeline_page.visitor import NotByHand, check_by_hand, network_of, page_stamp
from jobs.steps import receive
from pipelines.models import Pipeline
from uploads.quotas import OverQuota
from uploads.rules import problems


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class PipelinePage(View):
    """One e-mail field and an uploader; POST announces the files and makes the job."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """The page; a closed pipeline says so."""
        pipeline = get_object_or_404(Pipeline.objects.select_related("cluster", "code"), slug=slug)
        if pipeline.is_open:
            partition.ask_for_idle(pipeline.cluster)
        rules = receive.rules_of(pipeline)
        limits = {"limits": asdict(rules)}  # told as soon as files are chosen
        context = {"pipeline": pipeline, "form": SubmissionForm(), "rules": rules} | limits
        context |= {"page_stamp": page_stamp(slug), "trap": TRAP}
        return render(request, "pipeline.html", context, status=200 if pipeline.is_open else 410)

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """201 with what the uploader needs, 200 with the same if this was announced before.

        400 with every problem, by field and file; 403 if no person at this page sent it; 409 if
        its name is that of other files; 429 if it is more than may be sent in a day.
        """
        pipeline = get_object_or_404(Pipeline, slug=slug)
        try:
            said = read_announcement(request.body)
            check_by_hand(request, said, slug)
            return _known(pipeline, said) or _new(pipeline, said, network_of(request))
        except BadAnnouncement as error:
            return refusal(str(error), 400)
        except RequestDataTooBig:
            return refusal(_("These are too many files to be announced at once."), 400)
        except NotByHand as error:
            return refusal(str(error), 403)
        except receive.AnnouncedOtherwise:
            text = _("Under this “announcement” something else was announced. Draw a new one.")
            return refusal(text, 409)
        except OverQuota as error:
            return _over_quota(error)


def _known(pipeline: Pipeline, said: Announcement) -> HttpResponse | None:
    """Where the first answer got lost; whatever has happened to the page or the job since."""
    if not said.form.is_valid():
        return None
    job = receive.announced_before(said.name, pipeline, said.form.cleaned_data["email"], said.files)
    return JsonResponse(announced_answer(job)) if job else None


def _new(pipeline: Pipeline, said: Announcement, network: str) -> HttpResponse:
    if not pipeline.is_open:
        return _closed()
    if wrong := complaints(pipeline, said):
        return wrong
    email = said.form.cleaned_data["email"]
    try:
        job = receive.announce(pipeline, email, said.files, name=said.name, network=network)
    except ClusterIsGone:
        return _closed()
    return JsonResponse(announced_answer(job), status=201)


def _closed() -> HttpResponse:
    return refusal(_("This page takes no files at the moment."), 410)


def complaints(pipeline: Pipeline, said: Announcement) -> HttpResponse | None:
    """Every problem with it, by field and file; None if there is none."""
    wrong = problems(said.files, receive.rules_of(pipeline))
    if said.form.is_valid() and not wrong:
        return None
    found = [{"file": problem.file, "message": problem.message} for problem in wrong]
    answer = {"email": said.form.errors.get("email", []), "files": found}
    return JsonResponse(answer, status=400)


def refusal(message: str, status: int) -> JsonResponse:
    """Why something cannot be done, for the page to show."""
    return JsonResponse({"message": message}, status=status)


def _over_quota(error: OverQuota) -> HttpResponse:
    answer = refusal(over_quota(error), 429)
    if error.until:
        answer["Retry-After"] = str(math.ceil((error.until - timezone.now()).total_seconds()))
    return answer


def announced_answer(job: Job) -> dict[str, object]:
    """What an uploader needs to send the job's files."""
    return {
        "status": reverse("status", args=[job.status_token]),
        "submit": reverse("submit", args=[job.status_token]),
        "cancel": reverse("cancel", args=[job.status_token]),
        "upload": f"/u/{job.upload.handle}/",
        "files": [
            {
                "number": file.number,
                "name": file.name,
                "size": file.size_bytes,
                # What was changed since may not be mixed with the parts that are here already.
                "modified": file.modified_ms,
                "done": file.completed_at is not None,
            }
            for file in job.upload.files.all()
        ],
    }

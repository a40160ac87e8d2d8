"""The pipeline's page for its PI, who sends the test input of a rehearsal on it.

The same page, uploader and rules, open or closed; her pass is posted, so that it stands in no
address and in no log.
"""

from __future__ import annotations

from dataclasses import asdict

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from jobs.forms import TRAP, BadAnnouncement, SubmissionForm, read_announcement
from jobs.new_job import ClusterIsGone
from jobs.pipeline_page.page import announced_answer, complaints, refusal
from jobs.rehearsal.rows import NoTestInput, UnderWay
from jobs.rehearsal_page.acts import begin, cluster_is_gone, holder_of
from jobs.steps import receive
from pipelines.models import Pipeline


@csrf_exempt
@never_cache
@require_POST
def rehearsal(request: HttpRequest, slug: str) -> HttpResponse:
    """The page, for a form with a pass; for JSON, as on the public page, what the uploader needs.

    403 without a good pass, 409 while a rehearsal is under way, or with no cluster.
    """
    pipeline = get_object_or_404(Pipeline, slug=slug)
    if request.content_type == "application/json":
        return _announce(request, pipeline)
    token = request.POST.get("pass", "")
    user = holder_of(token, pipeline)
    if user is None:
        return render(request, "rehearsal_over.html", {"pipeline": pipeline}, status=403)
    rules = receive.rules_of(pipeline)
    context = {"pipeline": pipeline, "form": SubmissionForm(), "rules": rules}
    context |= {"limits": asdict(rules), "page_stamp": token, "trap": TRAP}
    context |= {"rehearsed": pipeline.newest, "email": user.email}
    return render(request, "pipeline.html", context)


def _announce(request: HttpRequest, pipeline: Pipeline) -> HttpResponse:
    try:
        said = read_announcement(request.body)
    except BadAnnouncement as error:
        return refusal(str(error), 400)
    except RequestDataTooBig:
        return refusal(_("These are too many files to be announced at once."), 400)
    user = holder_of(said.page, pipeline)
    if user is None:
        return refusal(_("This page is out of date. Please come to it from the admin again."), 403)
    if wrong := complaints(pipeline, said):
        return wrong
    email = said.form.cleaned_data["email"]
    try:
        return JsonResponse(announced_answer(begin(pipeline, user, email, said.files, said.name)))
    except ClusterIsGone as error:
        return refusal(cluster_is_gone(error), 409)
    except (UnderWay, NoTestInput, receive.AnnouncedOtherwise):
        return refusal(_("A rehearsal is under way. Wait for it, or stop it in the admin."), 409)

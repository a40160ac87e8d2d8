"""The doors for collaborators: a pipeline's page, the status page; jobs/results has the others.

A token in an address is the authority: no log-in, no cookie, hence no CSRF either. GET and HEAD
change nothing, so that a mail scanner that follows links spends nothing.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    condition,
    require_http_methods,
    require_POST,
    require_safe,
)

from jobs import idle_only, links, progress, pulse, reasons, wording
from jobs.again import offer_of
from jobs.expected_start import expected_start
from jobs.forms import TRAP, Announcement, BadAnnouncement, SubmissionForm, read_announcement
from jobs.history import history
from jobs.letters.came_back import came_back_of
from jobs.models import Job, Resending
from jobs.quota_words import over_quota
from jobs.receipt import checksum_lines, checksums_name, receipt_of
from jobs.results.ends import whole_of
from jobs.scan_json import report_name, scan_json
from jobs.scan_report import check_context, looked_at, summary_of
from jobs.starts.effort import interruptions
from jobs.states import State
from jobs.steps import decide, receive
from jobs.visitor import NotByHand, check_by_hand, network_of, page_stamp
from pipelines.models import Pipeline
from uploads.quotas import OverQuota
from uploads.rules import problems

SHOWN_ON_RECEIPT = 1000
SHOWN_ON_STATUS = 300
SHOWN_REPETITIONS = 20
WORKER_IS_LATE_AFTER = timedelta(minutes=3)


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The open pipelines."""
    return render(request, "front.html", {"pipelines": Pipeline.objects.filter(is_open=True)})


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class PipelinePage(View):
    """One e-mail field and an uploader; POST announces the files and makes the job."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """The page; a closed pipeline says so."""
        pipeline = get_object_or_404(Pipeline.objects.select_related("cluster", "code"), slug=slug)
        if pipeline.is_open:
            idle_only.ask_for_idle(pipeline.cluster)
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
        return refusal(_("This page takes no files at the moment."), 410)
    if wrong := complaints(pipeline, said):
        return wrong
    email = said.form.cleaned_data["email"]
    job = receive.announce(pipeline, email, said.files, name=said.name, network=network)
    return JsonResponse(announced_answer(job), status=201)


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


def _job_of(token: str) -> Job:
    try:
        return Job.objects.select_related("pipeline", "upload", "cluster").by_token(token)
    except Job.DoesNotExist as error:
        raise Http404 from error


@csrf_exempt
@never_cache
@require_POST
def submit(request: HttpRequest, token: str) -> HttpResponse:
    """Hand the files over; 409 with the numbers of those that are not all here."""
    job = _job_of(token)
    missing = receive.receive(job)
    answer = {"status": reverse("status", args=[token]), "missing": missing}
    return JsonResponse(answer, status=409 if missing else 200)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Take the job back, by POST only; 409 with a kind page when it is too late for that."""
    job = _job_of(token)
    try:
        if request.method == "POST":
            decide.decide(job, State.CANCELLED, reasons.CANCELLED_BY_SENDER, actor="collaborator")
    except decide.TooLate:
        if job.state != State.CANCELLED:  # else a second click, or another tab
            return render(request, "cancel_late.html", _status_context(job), status=409)
    return HttpResponseRedirect(reverse("status", args=[token]))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The page that the letter leads to; its button, by POST only, lets the job go on."""
    try:
        job = Job.objects.select_related("pipeline", "upload").by_confirmation_token(token)
    except Job.DoesNotExist as error:
        raise Http404 from error
    if request.method == "POST":
        receive.confirm(job)
    if job.awaits_confirmation:
        return render(request, "confirm.html", _status_context(job))
    return HttpResponseRedirect(reverse("status", args=[job.status_token]))


@never_cache
@require_safe
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Where the job stands, and its history; live by polling `live`.

    410 with a kind page where the address ended because a letter with a new one was sent.
    """
    ended = Resending.objects.filter(ended_sha256=links.sha256_of(token)).select_related("job")
    try:
        return render(request, "status.html", _status_context(_job_of(token)))
    except Http404:
        if not ended:
            raise
        return render(request, "status_gone.html", {"job": ended[0].job}, status=410)


def _status_context(job: Job) -> dict[str, object]:
    link = job.links.filter(revoked_at=None).first() if job.state == State.DELIVERED else None
    seen = progress.of(job) if job.state == State.RUNNING else None
    timeline = history(job, seen)
    return {
        "job": job,
        "pipeline": job.pipeline,
        "files": looked_at(job, SHOWN_ON_STATUS),
        "file_count": job.upload.files.count(),
        "timeline": timeline,
        "interruptions": interruptions(job),
        "is_received": any(line.leads_to(State.UPLOADED) for line in timeline),
        "announced": announced_answer(job) if job.state == State.UPLOADING else None,
        "status_url": f"{settings.SITE_URL}{reverse('status', args=[job.status_token])}",
        "result_url": reverse("result", args=[link.token]) if link else "",
        "link": link,
        "whole": whole_of(job) if job.state == State.EXPIRED else None,
        "progress": seen,
        "came_back": came_back_of(job),
        "may_cancel": decide.may_become(job, State.CANCELLED),
        "again": offer_of(job),
        "repetitions": job.repeated_by.filter(resendings=None)[:SHOWN_REPETITIONS],
        "is_settled": _is_settled(job),
        **check_context(job),
    }


def _is_settled(job: Job) -> bool:
    """Nothing that the page shows will change by itself."""
    return job.is_over and not wording.is_clearing(job)


def _live_etag(request: HttpRequest, token: str) -> str:
    job = _job_of(token)
    seen = progress.of(job) if job.state == State.RUNNING else None
    gone = (job.scratch_removed_at, job.inputs_deleted_at, job.results_deleted_at)
    slurm = (job.slurm_state, job.slurm_reason, job.restart_count)
    why = (job.waiting_for, job.submission, slurm, expected_start(job))
    lost = came_back_of(job)
    stands = (job.state, job.changed_at, job.expires_at, lost and lost.pk)
    parts = (get_language(), stands, why, gone, seen)
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"'


@cache_control(private=True, no_cache=True)
@condition(etag_func=_live_etag)
@require_safe
def live(request: HttpRequest, token: str) -> HttpResponse:
    """The part of the status page that changes, or 304; “X-Over: 1” ends the polling."""
    job = _job_of(token)
    response = render(request, "status_live.html", _status_context(job))
    response["X-Over"] = "1" if _is_settled(job) else "0"
    return response


@never_cache
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """What was received, with its checksums; leads to the status page while files are missing."""
    job = _job_of(token)
    received = receipt_of(job)
    if received is None:
        return HttpResponseRedirect(reverse("status", args=[token]))
    context = {
        "job": job,
        "receipt": received,
        "files": looked_at(job, SHOWN_ON_RECEIPT),
        "checksums_name": checksums_name(job),
        "summary": summary_of(job),
    }
    return render(request, "receipt.html", context)


@never_cache
@require_safe
def checksums(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt's checksums for `sha256sum -c`, as a download."""
    job = _job_of(token)
    if receipt_of(job) is None:
        raise Http404
    lines = checksum_lines(job.upload.files.iterator())
    headers = {"Content-Disposition": f'attachment; filename="{checksums_name(job)}"'}
    return HttpResponse(lines, content_type="text/plain; charset=utf-8", headers=headers)


@never_cache
@require_safe
def scan_report(request: HttpRequest, token: str) -> HttpResponse:
    """What the check covered and found, for programs, as a download; 404 before it has ended."""
    job = _job_of(token)
    report = scan_json(job)
    if report is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{report_name(job)}"'}
    return JsonResponse(report, json_dumps_params={"indent": 1}, headers=headers)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the database answers and the worker's heart beats, else 503."""
    last = max(pulse.newest().values(), default=None)
    late = last is None or timezone.now() - last > WORKER_IS_LATE_AFTER
    answer = {"worker": "late" if late else "ok", "last_heartbeat": last and last.isoformat()}
    return JsonResponse(answer, status=503 if late else 200)

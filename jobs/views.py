"""The doors for collaborators to a job: its status page, its receipt, what may be done with it.

A token in an address is the authority: no log-in, no cookie, hence no CSRF either. GET and HEAD
change nothing, so that a mail scanner that follows links spends nothing.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    condition,
    require_http_methods,
    require_POST,
    require_safe,
)

from jobs import links, reasons
from jobs.again.acts import offer_of
from jobs.check.report import check_context, looked_at, summary_of
from jobs.check.report_json import report_name, scan_json
from jobs.doors import job_of
from jobs.idle.expected_start import expected_start
from jobs.letters.came_back import came_back_of
from jobs.models import Job, Resending
from jobs.pipeline_page.page import announced_answer
from jobs.results.ends import whole_of
from jobs.starts.effort import interruptions
from jobs.states import State
from jobs.status_page import progress, standing
from jobs.status_page.history import history
from jobs.status_page.receipt import checksum_lines, checksums_name, names_recur, receipt_of
from jobs.steps import decide, receive
from jobs.workers import pulse
from pipelines.models import Pipeline

SHOWN_ON_RECEIPT = 1000
SHOWN_ON_STATUS = 50  # it is asked for every few seconds; the receipt has more
SHOWN_REPETITIONS = 20
WORKER_IS_LATE_AFTER = timedelta(minutes=3)


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The open pipelines."""
    return render(request, "front.html", {"pipelines": Pipeline.objects.filter(is_open=True)})


@csrf_exempt
@never_cache
@require_POST
def submit(request: HttpRequest, token: str) -> HttpResponse:
    """Hand the files over; 409 with the numbers of those that are not all here."""
    job = job_of(token)
    missing = receive.receive(job)
    answer = {"status": reverse("status", args=[token]), "missing": missing}
    return JsonResponse(answer, status=409 if missing else 200)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Take the job back, by POST only; 409 with a kind page when it is too late for that."""
    job = job_of(token)
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
        return render(request, "status.html", _status_context(job_of(token)))
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
        "newest_move": next((line for line in reversed(timeline) if line.transition), None),
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
        "repetitions": _repetitions(job)[:SHOWN_REPETITIONS],
        "is_settled": _is_settled(job),
        "checked_count": progress.checked_count(job),
        **check_context(job),
    }


def _repetitions(job: Job) -> QuerySet[Job]:
    """Without those that got a new address: only letters lead there."""
    return job.repeated_by.exclude(resendings__in=Resending.objects.with_new_address())


def _is_settled(job: Job) -> bool:
    """Nothing that the page shows will change by itself."""
    return job.is_over and not standing.is_clearing(job)


def _live_etag(request: HttpRequest, token: str) -> str:
    job = job_of(token)
    seen = progress.of(job) if job.state == State.RUNNING else None
    gone = (job.scratch_removed_at, job.inputs_deleted_at, job.results_deleted_at)
    slurm = (job.slurm_state, job.slurm_reason, job.restart_count)
    why = (job.waiting_for, job.submission, slurm, expected_start(job))
    lost = came_back_of(job)
    link = job.links.filter(revoked_at=None).values_list("pk").first()
    stands = (job.state, job.changed_at, job.expires_at, link, lost and lost.pk)
    parts = (get_language(), stands, why, gone, seen, progress.checked_count(job))
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"'


@cache_control(private=True, no_cache=True)
@condition(etag_func=_live_etag)
@require_safe
def live(request: HttpRequest, token: str) -> HttpResponse:
    """The part of the status page that changes, or 304; “X-Over: 1” ends the polling."""
    job = job_of(token)
    response = render(request, "status_live.html", _status_context(job))
    response["X-Over"] = "1" if _is_settled(job) else "0"
    return response


@never_cache
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """What was received, with its checksums; leads to the status page while files are missing."""
    job = job_of(token)
    received = receipt_of(job)
    if received is None:
        return HttpResponseRedirect(reverse("status", args=[token]))
    context = {
        "job": job,
        "receipt": received,
        "files": looked_at(job, SHOWN_ON_RECEIPT),
        "checksums_name": checksums_name(job),
        "names_recur": names_recur(job),
        "summary": summary_of(job),
    }
    return render(request, "receipt.html", context)


@never_cache
@require_safe
def checksums(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt's checksums for `sha256sum -c`, as a download."""
    job = job_of(token)
    if receipt_of(job) is None:
        raise Http404
    lines = checksum_lines(list(job.upload.files.all()))
    headers = {"Content-Disposition": f'attachment; filename="{checksums_name(job)}"'}
    return HttpResponse(lines, content_type="text/plain; charset=utf-8", headers=headers)


@never_cache
@require_safe
def scan_report(request: HttpRequest, token: str) -> HttpResponse:
    """What the check covered and found, for programs, as a download; 404 before it has ended."""
    job = job_of(token)
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

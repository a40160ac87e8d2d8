"""What the doors for collaborators share: the job behind a token, and the way on after a POST."""

from __future__ import annotations

from django.http import Http404, HttpResponseRedirect

from jobs.models import Job


class SeeOther(HttpResponseRedirect):
    """303: whatever this request was, go on with a GET (RFC 9110, 15.4.4)."""

    status_code = 303


def job_of(token: str) -> Job:
    """The job of this status page; 404 for a token of nobody's."""
    try:
        return Job.objects.select_related("pipeline", "upload", "cluster").by_token(token)
    except Job.DoesNotExist as error:
        raise Http404 from error

"""What doors share: the job behind a token, the way on after a POST, and who of staff may look."""

from __future__ import annotations

from typing import Any

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


def may_look(user: Any) -> bool:
    """Who may look at jobs at all, in the admin's own terms."""
    return any(user.has_perm(f"jobs.{act}_job") for act in ("view", "change"))

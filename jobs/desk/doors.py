"""What the doors of jobs in the admin have in common: who may go through."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from jobs.models import Job
from pipelines.scope import ScopedAdmin


class JobDoors(ScopedAdmin[Job]):
    """A job's admin by which something is done."""

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Who may change jobs may decide about them."""
        return request.user.has_perm("jobs.change_job")

    def job_to_act_on(self, request: HttpRequest, pk: UUID) -> Job:
        """The job, for who may decide about it; 404 where it is not there for them, else 403."""
        job = self.get_object(request, str(pk))
        if job is None:
            raise Http404
        if not self.has_act_permission(request):
            raise PermissionDenied
        return job

"""Of which pipelines and of which time something is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs import reasons
from jobs.states import State
from pipelines.models import Pipeline

USUAL_SPAN, ALL_TIME = "30", "all"
SPANS = {
    "7": _("the last 7 days"),
    USUAL_SPAN: _("the last 30 days"),
    "365": _("the last 365 days"),
    ALL_TIME: _("all time"),
}


@dataclass(frozen=True)
class Scope:
    """Pipelines, and a time: `since` is in it, `until` is not; None: without an end."""

    pipelines: Sequence[Pipeline]
    since: datetime | None = None
    until: datetime | None = None

    def jobs(self, path: str = "") -> Q:
        """The collaborators' jobs that came in then. `path` leads from a row to its job."""
        return self.all_jobs(path) & Q(**{f"{path}rehearsal": None})

    def all_jobs(self, path: str = "") -> Q:
        """The same, with the jobs of rehearsals."""
        return self._within(path, "created_at")

    def ended(self, path: str = "") -> Q:
        """The collaborators' jobs that ended then, whenever they came in."""
        return self._within(path, "ended_at") & Q(**{f"{path}rehearsal": None})

    def of_any_time(self, path: str = "") -> Q:
        """All jobs of the pipelines, whenever they came in."""
        return Q(**{f"{path}pipeline__in": [pipeline.pk for pipeline in self.pipelines]})

    def _within(self, path: str, field: str) -> Q:
        found = self.of_any_time(path)
        if self.since:
            found &= Q(**{f"{path}{field}__gte": self.since})
        if self.until:
            found &= Q(**{f"{path}{field}__lt": self.until})
        return found


def since(span: str) -> datetime | None:
    """When one of SPANS began."""
    return None if span == ALL_TIME else timezone.now() - timedelta(days=int(span))


def was_delivered(path: str = "") -> Q:
    """Its result was there once, and is perhaps still; an upload that was given up expires, too."""
    is_expired = Q(**{f"{path}state": State.EXPIRED, f"{path}accepted_at__isnull": False})
    return Q(**{f"{path}state": State.DELIVERED}) | is_expired


def was_given_up() -> Q:
    """Its files never came, or not all of them."""
    return Q(state=State.EXPIRED, accepted_at=None)


def awaits_decision() -> Q:
    """Its PI, or support, decides how it goes on: the check held it, or it started in vain."""
    is_on_hold = Q(state=State.PENDING, fruitless_starts__gt=0, reason__startswith=reasons.ON_HOLD)
    return Q(state=State.HELD) | is_on_hold

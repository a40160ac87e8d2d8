"""What the lists of jobs and alarms are narrowed by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs.letters.came_back import came_back
from jobs.models import Job
from pipelines.models import Pipeline


class NewestFirst(admin.SimpleListFilter):
    """Jobs of the last days; a date hierarchy would read the whole table."""

    title = _("sent")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [
            ("1", gettext("today")),
            ("7", gettext("last 7 days")),
            ("30", gettext("last 30 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Only so old."""
        if self.value() not in ("1", "7", "30"):
            return queryset
        since = timezone.now() - timedelta(days=int(self.value() or 0))
        return queryset.filter(created_at__gte=since)


class OwnPipelines(admin.SimpleListFilter):
    """The pipelines that this person may see, and no other's names."""

    title = _("pipeline")
    parameter_name = "pipeline"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        visible = model_admin.admin_site._registry[Pipeline].get_queryset(request)
        return [(str(pk), title) for pk, title in visible.values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Only this one's."""
        return (
            queryset.filter(pipeline=self.value()) if self.value() in self._choices() else queryset
        )

    def _choices(self) -> set[str]:
        return {str(value) for value, _title in self.lookup_choices}


class OpenAlarms(admin.SimpleListFilter):
    """Whether their cause is still there."""

    title = _("state")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [("yes", gettext("open")), ("no", gettext("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Only these."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(ended_at__isnull=self.value() == "yes")


class ReturnedLetters(admin.SimpleListFilter):
    """Jobs whose collaborator does not get their letters."""

    title = _("letters")
    parameter_name = "letters"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choice."""
        return [("back", gettext("a letter came back"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """Only these."""
        if self.value() != "back":
            return queryset
        return queryset.filter(pk__in=came_back().values("transition__job"))

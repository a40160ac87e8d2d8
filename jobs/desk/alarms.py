"""The admin of alarms."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs import wording
from jobs.desk.filters import OpenAlarms
from jobs.desk.rows import WIDE_LISTS, ReadOnly
from jobs.models import Alarm
from pipelines.scope import sees_all


class AlarmAdmin(ReadOnly, admin.ModelAdmin[Alarm]):
    """What staff must know of, for those who look after the whole site."""

    list_display = ["state", "text", "raised", "seen"]
    list_display_links = ["state"]
    list_filter = [OpenAlarms]
    show_facets = admin.ShowFacets.NEVER
    ordering = [F("ended_at").desc(nulls_first=True), "-raised_at"]
    fields = ["text", "cause", "raised_at", "seen_at", "ended_at"]

    class Media:
        """The lists' own sheet."""

        css = WIDE_LISTS

    @admin.display(description=_("state"))
    def state(self, alarm: Alarm) -> str:
        """Whether its cause is still there."""
        return gettext("over") if alarm.ended_at else gettext("open")

    @admin.display(description=_("since"), ordering="raised_at")
    def raised(self, alarm: Alarm) -> str:
        """When it was first seen."""
        return wording.short_moment_text(alarm.raised_at)

    @admin.display(description=_("last seen"), ordering="seen_at")
    def seen(self, alarm: Alarm) -> str:
        """When it was there for the last time."""
        return wording.short_moment_text(alarm.seen_at)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An alarm may tell of anybody's jobs."""
        return super().has_view_permission(request, obj) and sees_all(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same of its place in the index."""
        return self.has_view_permission(request)

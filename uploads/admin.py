"""The admin of quotas."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from uploads.quotas import Quota, QuotaUse, Scope
from uploads.rules import size_text

SEE_ALL = "pipelines.see_all"  # by name: this room does not know that one


@admin.register(Quota)
class QuotaAdmin(admin.ModelAdmin[Quota]):
    """Three rows, for those who look after the whole site; what is changed counts at once."""

    list_display = ["scope", "max_uploads", "max_mb", "max_open_jobs", "most_today"]
    list_display_links = ["scope"]
    readonly_fields = ["scope", "most_today"]

    @admin.display(description=_("most that one has announced today"))
    def most_today(self, quota: Quota) -> str:
        """How near to the limit somebody is; who it is, no row tells."""
        uses = QuotaUse.objects.filter(scope=quota.scope, day=timezone.localdate())
        most = uses.aggregate(uploads=Max("uploads", default=0), size=Max("size_bytes", default=0))
        number = most["uploads"]
        words = ngettext("%(number)s upload, %(size)s", "%(number)s uploads, %(size)s", number)
        return words % {"number": f"{number:,}", "size": size_text(most["size"])}

    def get_fields(self, request: HttpRequest, obj: Quota | None = None) -> list[Any]:
        """Open jobs are limited for the whole site only."""
        own = ["max_open_jobs"] if obj and obj.scope == Scope.SITE else []
        return ["scope", "max_uploads", "max_mb", *own, "most_today"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It concerns everybody's pipelines."""
        return super().has_view_permission(request, obj) and request.user.has_perm(SEE_ALL)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same for a change."""
        return super().has_change_permission(request, obj) and request.user.has_perm(SEE_ALL)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same of its place in the index."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one for each scope."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nor less; what is empty is not limited."""
        return False

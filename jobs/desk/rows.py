"""What the admin shows below a job: rows to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs import wording
from jobs.models import Job, Removal, ResultFile, Transition
from jobs.status_page import standing
from uploads.rules import size_text

WIDE_LISTS = {"all": ["css/admin.css"]}


class ReadOnly:
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Made by the steps."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing of a job's history goes."""
        return False


class Rows(ReadOnly, admin.TabularInline[Any, Job]):
    """What belongs to a job, below it."""

    extra = 0
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """All that is shown."""
        return flatten_fieldsets(self.get_fieldsets(request, obj))


class Timeline(Rows):
    """The moves, in order."""

    model = Transition
    verbose_name_plural = _("Timeline")
    fields = ["when", "old", "new", "why", "who"]

    @admin.display(description=_("at"))
    def when(self, transition: Transition) -> str:
        """To the second, in few letters."""
        return wording.short_moment_text(transition.at, seconds=True)

    @admin.display(description=_("reason"))
    def why(self, transition: Transition) -> str:
        """The reason, with the names of the files that it counts."""
        return standing.named(transition.reason, transition.job)

    @admin.display(description=_("actor"))
    def who(self, transition: Transition) -> str:
        """A user name, or who is no user."""
        return wording.actor_text(transition.actor)


class Results(Rows):
    """What the run left."""

    model = ResultFile
    fields = ["name", "size", "sha256"]

    @admin.display(description=_("Size"))
    def size(self, result: ResultFile) -> str:
        """As on the result's page."""
        return size_text(result.size_bytes)


class Repetitions(Rows):
    """The jobs that ran on its files again."""

    model = Job
    fk_name = "again_of"
    verbose_name = _("repetition")
    verbose_name_plural = _("Run again as")
    fields = ["created_at", "code", "state"]
    show_change_link = True


class Removals(Rows):
    """What `expire` deleted, counted before, and looked for afterwards."""

    model = Removal
    fields = ["when", "what", "removed", "left"]

    @admin.display(description=_("at"))
    def when(self, removal: Removal) -> str:
        """To the second, in few letters."""
        return wording.short_moment_text(removal.at, seconds=True)

    @admin.display(description=_("removed"))
    def removed(self, removal: Removal) -> str:
        """Objects, segments, bytes; of the cluster, directories."""
        if removal.what == Removal.What.UNPROVED:
            return gettext("nothing")
        return _figures(
            removal, removal.objects_removed, removal.segments_removed, removal.bytes_removed
        )

    @admin.display(description=_("still shown afterwards"))
    def left(self, removal: Removal) -> str:
        """The same of what is looked for again."""
        if removal.what == Removal.What.UNPROVED:
            cluster = removal.job.cluster
            words = gettext("not proved: %(cluster)s was given up by %(actor)s.")
            told = words % {"cluster": cluster, "actor": cluster.gone_by}
            return f"{told} {cluster.gone_why}"
        if removal.is_whole:
            return gettext("nothing")
        return _figures(removal, removal.objects_left, removal.segments_left, removal.bytes_left)


def _figures(removal: Removal, objects: int, segments: int, size_bytes: int) -> str:
    if removal.what == Removal.What.SCRATCH:
        return gettext("directories: %(number)d") % {"number": objects}
    words = gettext("objects: %(objects)d, segments: %(segments)d, %(size)s")
    return words % {"objects": objects, "segments": segments, "size": size_text(size_bytes)}

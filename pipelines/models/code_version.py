"""The Python file of a pipeline, version by version, and whether it may serve."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines.models.pipeline import Pipeline


class CodeVersion(models.Model):
    """One version of a pipeline's Python file; the database refuses to change it."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    file_name = models.CharField(max_length=255)
    source = models.TextField()
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    docstring = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    certified_at = models.DateTimeField(
        _("rehearsed"), null=True, editable=False, help_text=_("When a rehearsal of it passed.")
    )
    waived_at = models.DateTimeField(null=True, editable=False)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    waiver = models.TextField(
        blank=True, editable=False, help_text=_("Why it may be used without a rehearsal.")
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "number"], name="one_row_per_version")
        ]

    def __str__(self) -> str:
        """Version, file and the beginning of its hash."""
        words = gettext("version %(number)d of %(file)s")
        told = words % {"number": self.number, "file": self.file_name}
        return f"{told} ({self.sha256[:12]})"

    @property
    def may_serve(self) -> bool:
        """A rehearsal of it passed, or staff let it go without one."""
        return self.certified_at is not None or self.waived_at is not None

    @property
    def standing(self) -> str:
        """Whether it was rehearsed, for staff."""
        if self.certified_at:
            return gettext("rehearsed, %(day)s") % {"day": _day(self.certified_at)}
        if self.waived_at:
            who = self.waived_by.get_username() if self.waived_by else gettext("the site")
            words = gettext("released without a rehearsal by %(actor)s, %(day)s:")
            told = words % {"actor": who, "day": _day(self.waived_at)}
            return f"{told} {self.waiver}"
        return gettext("not rehearsed")


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), gettext("j M Y"))

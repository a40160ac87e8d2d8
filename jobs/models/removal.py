"""The proof of what was deleted of a job."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.models.job import Job


class Removal(models.Model):
    """What `expire` removed at one time, counted; never changed, never deleted."""

    class What(models.TextChoices):
        """What for."""

        INPUTS = "inputs", _("sent files")
        RESULTS = "results", _("results")
        SCRATCH = "scratch", _("directories on the cluster")
        LATE = "late", _("what came late")
        UNPROVED = "unproved", _("directories on a cluster that is gone for good")

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="removals")
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(
        max_length=8,
        choices=What.choices,
        help_text=_("Of what is unproved nothing was removed, and what is left is not known."),
    )
    objects_removed = models.PositiveIntegerField(default=0, help_text="Directories, of scratch.")
    segments_removed = models.PositiveIntegerField(
        default=0, help_text="What these objects consisted of, with parts of open uploads."
    )
    bytes_removed = models.PositiveBigIntegerField(default=0)
    objects_left = models.PositiveIntegerField(
        default=0, help_text="What was still listed afterwards; it is looked for again."
    )
    segments_left = models.PositiveIntegerField(default=0)
    bytes_left = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        """What it was."""
        return self.get_what_display()

    @property
    def is_whole(self) -> bool:
        """Nothing was left."""
        return not self.objects_left and not self.segments_left


class TidyReport(models.Model):
    """What one look through the store found that belongs to nothing; see jobs/steps/tidy.py."""

    at = models.DateTimeField(default=timezone.now)
    things_removed = models.PositiveIntegerField(
        default=0, help_text="Objects, and uploads by parts that were never completed."
    )
    bytes_removed = models.PositiveBigIntegerField(default=0, help_text="Of objects alone.")
    things_left = models.PositiveIntegerField(
        default=0, help_text="What no row knows, but is older than all rows: people decide."
    )
    bytes_left = models.PositiveBigIntegerField(default=0)
    is_complete = models.BooleanField(
        default=True, help_text="It came to the end; else the next one goes on."
    )
    error = models.TextField(blank=True, help_text="What the store said, if it broke off.")
    examples = models.JSONField(default=list, help_text="The first few, with why.")

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        """How many."""
        return f"{self.things_removed} removed, {self.things_left} left"

"""The proof of what was deleted of a job."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from jobs.models.job import Job


class Removal(models.Model):
    """What `expire` removed at one time, counted; never changed, never deleted."""

    class What(models.TextChoices):
        """What for."""

        INPUTS = "inputs", "sent files"
        RESULTS = "results", "results"
        SCRATCH = "scratch", "directories on the cluster"
        LATE = "late", "what came late"

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="removals")
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(max_length=8, choices=What.choices)
    objects_removed = models.PositiveIntegerField(default=0, help_text="Directories, of scratch.")
    segments_removed = models.PositiveIntegerField(
        default=0, help_text="What these objects consisted of, with parts of open uploads."
    )
    bytes_removed = models.PositiveBigIntegerField(default=0)
    objects_left = models.PositiveIntegerField(
        default=0, help_text="What was still listed afterwards; it is looked for again."
    )
    segments_left = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        """What it was."""
        return self.get_what_display()

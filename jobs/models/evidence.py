"""What a run found and tried."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.models.job import Job
from uploads.models import UploadedFile


class FileScan(models.Model):
    """How much of one file one scanner looked at, and why not all."""

    class Coverage(models.TextChoices):
        """AWS Macie's words."""

        COMPLETE = "complete", _("complete")
        PARTIAL = "partial", _("partial")
        SKIPPED = "skipped", _("skipped")

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="scans")
    file = models.ForeignKey(UploadedFile, on_delete=models.PROTECT, related_name="scans")
    scanner = models.CharField(max_length=30)
    coverage = models.CharField(max_length=10, choices=Coverage.choices)
    scanned_bytes = models.PositiveBigIntegerField()
    reasons = models.JSONField(
        default=list, blank=True, help_text="Codes of scanning/reasons.py: why not all was seen."
    )
    method = models.CharField(max_length=20, blank=True, help_text="What it was read as.")
    seed = models.PositiveBigIntegerField(
        null=True, help_text="What chose the samples, where only samples were read closely."
    )
    versions = models.JSONField(default=dict, blank=True, help_text="Of scanner, model and rules.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["file__number", "scanner"]
        constraints = [
            models.UniqueConstraint(fields=["job", "file", "scanner"], name="one_look_per_scanner")
        ]

    def __str__(self) -> str:
        """Scanner and coverage."""
        return f"{self.scanner}: {self.coverage}"


class Finding(models.Model):
    """What a scanner reports of a file: kind, number, place; never the value itself."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="findings")
    file = models.ForeignKey(UploadedFile, on_delete=models.PROTECT, related_name="findings")
    scanner = models.CharField(max_length=30)
    entity = models.CharField(max_length=120)
    count = models.PositiveIntegerField()
    score = models.FloatField()
    locations = models.JSONField(default=list, help_text="Places, from the outside in.")

    class Meta:
        ordering = ["file__number", "scanner", "entity"]

    def __str__(self) -> str:
        """Kind and number."""
        return f"{self.entity} × {self.count}"


class Attempt(models.Model):
    """One start of the Slurm job; a preempted job has several."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="attempts")
    submission = models.PositiveSmallIntegerField(default=1)
    task = models.PositiveIntegerField(
        default=0, help_text="The array's task; 0 also where there is no array."
    )
    number = models.PositiveIntegerField(help_text="Slurm's restart count, from 0.")
    node = models.CharField(max_length=255, blank=True)
    slurm_state = models.CharField(_("Slurm state"), max_length=32, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    exit_code = models.IntegerField(null=True)
    core_seconds = models.PositiveBigIntegerField(default=0)
    begun_with = models.JSONField(
        default=dict, help_text="What it found of an earlier start's work; empty: nothing."
    )
    progress = models.FloatField(null=True, help_text="The last that it told, from 0 to 1.")

    class Meta:
        ordering = ["submission", "task", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "submission", "task", "number"], name="one_row_per_start"
            )
        ]

    def __str__(self) -> str:
        """Its number."""
        return f"attempt {self.number}"

"""What a run found, tried and made."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from jobs import links
from jobs.models.job import Job
from uploads.models import UploadedFile


class FileScan(models.Model):
    """How much of one file one scanner looked at, and why not all."""

    class Coverage(models.TextChoices):
        """AWS Macie's words."""

        COMPLETE = "complete", "complete"
        PARTIAL = "partial", "partial"
        SKIPPED = "skipped", "skipped"

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
    slurm_state = models.CharField("Slurm state", max_length=32, blank=True)
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


class ResultFile(models.Model):
    """One file that the run left, as its manifest names it."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="results")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=1024)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField("SHA-256", max_length=64)
    object_name = models.CharField(max_length=255)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_row_per_result")]

    def __str__(self) -> str:
        """Its name."""
        return self.name


class ResultLinkQuerySet(models.QuerySet["ResultLink"]):
    """Questions about many links."""

    def by_token(self, token: str) -> ResultLink:
        """The link of this token, live or not; `DoesNotExist` for a token of nobody's."""
        return self.select_related("job", "job__pipeline").get(token_sha256=links.sha256_of(token))


class ResultLink(models.Model):
    """The hidden link to a job's result: revocable, with an end; see jobs/links.py."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="links")
    nonce = models.CharField(max_length=64, default=links.new_nonce, editable=False)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    downloads = models.PositiveIntegerField(default=0, editable=False)

    objects = ResultLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        """The beginning of its hash, enough to talk about it."""
        return f"link {self.token_sha256[:6]}"

    @property
    def token(self) -> str:
        """The token that the letter holds."""
        return links.token_for(self.nonce, self.token_sha256)

    @property
    def is_live(self) -> bool:
        """It opens the result now."""
        return not self.revoked_at and self.expires_at > timezone.now()

    def count_download(self) -> bool:
        """Count one download; False if the link is not live any more."""
        live = Q(pk=self.pk, revoked_at=None, expires_at__gt=timezone.now())
        return bool(ResultLink.objects.filter(live).update(downloads=F("downloads") + 1))

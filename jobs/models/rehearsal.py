"""The proof that a pipeline's code survives what the restart partition does to it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.states import ENDS, State
from pipelines.models import Cluster, CodeVersion, Pipeline
from uploads.models import Upload

# The work on a job in these goes on: a rehearsal waits for it.
_AT_WORK = [state for state in State if state not in ENDS]


class RehearsalQuerySet(models.QuerySet["Rehearsal"]):
    """Questions about many rehearsals."""

    def due(self) -> RehearsalQuerySet:
        """Those that are open while all their jobs have ended."""
        open_ones = self.filter(outcome=Rehearsal.Outcome.OPEN)
        return open_ones.exclude(jobs__state__in=_AT_WORK)


class Rehearsal(models.Model):
    """One code version, run on a test input undisturbed once and then interrupted at random."""

    class Outcome(models.TextChoices):
        """How it ended."""

        OPEN = "open", _("under way")
        PASSED = "passed", _("passed")
        FAILED = "failed", _("failed")

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="rehearsals")
    code = models.ForeignKey(CodeVersion, on_delete=models.PROTECT, related_name="rehearsals")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="+")
    upload = models.ForeignKey(
        Upload, on_delete=models.PROTECT, related_name="+", help_text="The test input."
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, default=Outcome.OPEN)
    keeps_input = models.BooleanField(
        default=True, help_text="Its upload stays, as the pipeline's test input, for the next one."
    )
    text = models.TextField(blank=True, help_text="Why it passed or failed, for a PI.")
    figures = models.JSONField(default=dict, help_text="Seconds and counts of both runs.")

    objects = RehearsalQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline"], condition=Q(outcome="open"), name="one_open_rehearsal"
            )
        ]

    def __str__(self) -> str:
        """Its outcome and code."""
        return f"{self.get_outcome_display()}: {self.code}"

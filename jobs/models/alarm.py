"""What staff must know of, told once for each cause."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Alarm(models.Model):
    """One cause of worry, from when it was first seen until it is gone."""

    cause = models.CharField(max_length=200, help_text="What it is about: one open alarm of each.")
    text = models.TextField(help_text="What is wrong, and what to do.")
    raised_at = models.DateTimeField(default=timezone.now, editable=False)
    seen_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["cause"], condition=Q(ended_at=None), name="one_open_alarm_per_cause"
            )
        ]

    def __str__(self) -> str:
        """Its cause."""
        return self.cause

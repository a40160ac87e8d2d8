"""How long results live."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class ExpiryPeriod(models.Model):
    """How long a result stays; staff decide which periods there are."""

    name = models.CharField(max_length=60, unique=True, help_text="As people read it: “two weeks”.")
    days = models.PositiveSmallIntegerField(
        unique=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="From the day the result is delivered; then it is deleted and its link ends.",
    )

    class Meta:
        ordering = ["days"]

    def __str__(self) -> str:
        """The period and its days."""
        return f"{self.name} ({self.days} day{'s' if self.days > 1 else ''})"

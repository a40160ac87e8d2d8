"""How long results live."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class ExpiryPeriod(models.Model):
    """How long a result stays; staff decide which periods there are."""

    name = models.CharField(
        max_length=60, unique=True, help_text=_("As people read it: “two weeks”.")
    )
    days = models.PositiveSmallIntegerField(
        unique=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("From the day the result is delivered; then it is deleted and its link ends."),
    )

    class Meta:
        ordering = ["days"]

    def __str__(self) -> str:
        """The period and its days."""
        days = ngettext("%(days)d day", "%(days)d days", self.days) % {"days": self.days}
        return f"{self.name} ({days})"

"""What a mail service tells of letters after it took them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from jobs.models.letter import Letter


class MailEvent(models.Model):
    """One event that a mail service's webhook told; the same one told twice is one row."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, null=True, related_name="events")
    event_id = models.CharField(max_length=255, unique=True)
    service_id = models.CharField(
        max_length=255,
        blank=True,
        default="",
        db_default="",  # a web process of before leaves it out
        db_index=True,
        help_text="What the service calls a letter that we did not know by that yet.",
    )
    kind = models.CharField(max_length=30, help_text="Anymail's name for it: bounced, delivered, …")
    recipient = models.CharField(max_length=254, blank=True)
    detail = models.TextField(blank=True, help_text="What the other mail server answered.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        """Its kind."""
        return self.kind

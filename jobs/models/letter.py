"""Letters, each written down before it is sent, and the worker's pulse."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from jobs.models.job import Transition


class Letter(models.Model):
    """One letter about one move. Its Message-ID is fixed before the first try to send it.

    A crash between sending and noting so sends the same Message-ID again; that is the worst case.
    """

    class Kind(models.TextChoices):
        """What it tells."""

        RECEIVED = "received", "received"
        DELIVERED = "delivered", "delivered"
        REJECTED = "rejected", "rejected"
        FAILED = "failed", "failed"
        HELD = "held", "held"
        CANCELLED = "cancelled", "cancelled"

    transition = models.OneToOneField(Transition, on_delete=models.PROTECT, related_name="letter")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    recipient = models.EmailField()
    message_id = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["sent_at", "refused_at", "due_at"], name="letters_due")]

    def __str__(self) -> str:
        """Its kind."""
        return self.kind


class Heartbeat(models.Model):
    """When a part of the worker was last seen at work; the watchdog reads it."""

    name = models.CharField(max_length=30, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        """Whose it is."""
        return self.name

    @classmethod
    def beat(cls, name: str) -> None:
        """Note that it works."""
        cls.objects.update_or_create(name=name, defaults={"at": timezone.now()})

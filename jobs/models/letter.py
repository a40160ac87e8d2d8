"""Letters, each written down before it is sent, and the worker's pulse."""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

from jobs.states import State

if TYPE_CHECKING:
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

    transition = models.OneToOneField(
        "jobs.Transition", on_delete=models.PROTECT, related_name="letter"
    )
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
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(sent_at=None, refused_at=None),
                name="letters_due",
            )
        ]

    def __str__(self) -> str:
        """Its kind."""
        return self.kind

    @classmethod
    def about(cls, transition: Transition, recipient: str) -> None:
        """Write down the letter that this move calls for, if it calls for one.

        Within the move's own transaction: no move without its letter, no letter without its move.
        """
        kind = KINDS.get(State(transition.new))
        if kind:
            domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
            message_id = f"<{transition.job_id}.{transition.pk}@{domain}>"
            cls.objects.create(
                transition=transition, kind=kind, recipient=recipient, message_id=message_id
            )


KINDS = {
    State.UPLOADED: Letter.Kind.RECEIVED,
    State.DELIVERED: Letter.Kind.DELIVERED,
    State.REJECTED: Letter.Kind.REJECTED,
    State.FAILED: Letter.Kind.FAILED,
    State.HELD: Letter.Kind.HELD,
    State.CANCELLED: Letter.Kind.CANCELLED,
}


class Heartbeat(models.Model):
    """When the task processes were last seen at work; the watchdog reads it."""

    NAME = "worker"

    name = models.CharField(max_length=30, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        """Whose it is."""
        return self.name

    @classmethod
    def beat(cls) -> None:
        """Note that they work."""
        cls.objects.update_or_create(name=cls.NAME, defaults={"at": timezone.now()})

    @classmethod
    def last(cls) -> datetime | None:
        """The newest beat of any worker's task processes."""
        return cls.objects.filter(name=cls.NAME).values_list("at", flat=True).first()

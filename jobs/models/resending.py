"""When a letter was sent again, and to which address."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from jobs.models.job import Job


class ResendingQuerySet(models.QuerySet["Resending"]):
    """Questions about many."""

    def with_new_address(self) -> ResendingQuerySet:
        """Those that gave the status page another address; the others left it as it was."""
        return self.exclude(ended_sha256="")


class Resending(models.Model):
    """One word by a person that a job's letter go again; never changed, never deleted."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="resendings")
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=150, help_text="As in a job's moves.")
    old_email = models.EmailField()
    new_email = models.EmailField(help_text="The same, if the letter was only sent again.")
    ended_sha256 = models.CharField(
        max_length=64,
        db_index=True,
        help_text="Of the status link that ended with it: its page says so.",
    )  # "": the address of the status page stayed as it was

    objects = ResendingQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        """To where."""
        return self.new_email

    @property
    def is_correction(self) -> bool:
        """It went to another address than before."""
        return self.old_email != self.new_email

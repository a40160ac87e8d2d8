"""The history of a job: a row for each move."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from jobs.states import State


class Transition(models.Model):
    """One move of a job; never changed, never deleted: the timeline."""

    job = models.ForeignKey("jobs.Job", on_delete=models.PROTECT, related_name="transitions")
    at = models.DateTimeField()
    old = models.CharField(_("from"), max_length=12, choices=State.choices)
    new = models.CharField(_("to"), max_length=12, choices=State.choices)
    reason = models.TextField(blank=True)
    actor = models.CharField(max_length=150)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["new", "-at"], name="transitions_by_state")]

    def __str__(self) -> str:
        """The move."""
        return f"{self.old} → {self.new}"

    @property
    def puts_on_hold(self) -> bool:
        """It was interrupted too often in vain, so that people decide: starts/fruitless.py."""
        return self.old == self.new == State.PENDING and self.actor == "freeloader"

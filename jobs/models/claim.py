"""Which task is at work on a job, and when it is looked at again."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from jobs.models.leases import lease_end
from jobs.states import State

MAX_TRIES = 5
LONGEST_WAIT_S = 600


class LostRace(Exception):
    """Somebody else moved the job, or took it over; whoever sees this has nothing more to do."""


class WithClaim(models.Model):
    """Where a job stands, and the claim of the task that is at work on it.

    What is saved here is saved only if the row is as this object shows it: in this state, and
    under this object's claim if it has one.
    """

    state = models.CharField(max_length=12, choices=State.choices, default=State.UPLOADING)
    waiting_for = models.TextField(blank=True, help_text="What did not answer at the last try.")
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    lease_token = models.UUIDField(null=True, editable=False)
    tries = models.PositiveIntegerField(default=0, editable=False)
    outages = models.PositiveIntegerField(default=0, editable=False)
    rung_at = models.DateTimeField(null=True, editable=False)

    # Only `claim` gives it. Who read the row while another had it must not act in his name.
    claim_token: uuid.UUID | None = None

    class Meta:
        abstract = True

    def renew_lease(self) -> bool:
        """Keep the claim; False if it is lost."""
        if not self.claim_token:
            return False
        mine = type(self)._default_manager.filter(pk=self.pk, lease_token=self.claim_token)
        return bool(mine.update(lease_until=lease_end()))

    def save_fields(self, **changes: Any) -> None:
        """Save other fields than `state`; `LostRace` as in `move_to`."""
        self._save_if_mine(State(self.state), changes)

    def rest_until(self, due_at: datetime) -> None:
        """Let go of the claim: all is done until then."""
        self.save_fields(
            due_at=due_at, lease_until=None, lease_token=None, tries=0, waiting_for="", outages=0
        )

    def wait(self, what: str, *, seconds: float | None = None) -> None:
        """Let go of the claim and look again later; without `seconds` later and later.

        What did not answer is no fault of the job: the try is not counted.
        """
        if seconds is None:
            seconds = min(LONGEST_WAIT_S, 5 * 2 ** min(self.outages, 10)) * random.uniform(0.7, 1.3)  # noqa: S311 - jitter
        self.save_fields(
            waiting_for=what,
            due_at=timezone.now() + timedelta(seconds=seconds),
            lease_until=None,
            lease_token=None,
            tries=max(0, self.tries - 1),
            outages=self.outages + 1,
            rung_at=None,
        )

    def _save_if_mine(self, state: State, changes: dict[str, Any]) -> None:
        # `changed_at` as well: it may have left the state and come back to it since.
        mine = Q(pk=self.pk, state=state, changed_at=self.changed_at)
        if self.claim_token:
            mine &= Q(lease_token=self.claim_token)
        if not type(self)._default_manager.filter(mine).update(**changes):
            raise LostRace(f"{self} is no longer {state} under this lease.")
        for name, value in changes.items():
            setattr(self, name, value)
        if "lease_token" in changes:  # it was let go
            self.claim_token = None

"""How long a claim of a row is good."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone


def lease_end() -> datetime:
    """Until when a claim that is made or renewed now is good."""
    return timezone.now() + timedelta(seconds=settings.LEASE_S)

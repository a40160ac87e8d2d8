"""The weekly letter to a PI: who wants it, and each one that was written."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class DigestWish(models.Model):
    """She wants a letter a week about her pipelines."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest_wish"
    )
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["user"]

    def __str__(self) -> str:
        """Whose it is."""
        return str(self.user)


class Digest(models.Model):
    """One week's figures for one person, as her letter tells them."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="digests"
    )
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    figures = models.JSONField(default=dict)

    class Meta:
        ordering = ["-ends_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "ends_at"], name="one_digest_a_week_for_each")
        ]

    def __str__(self) -> str:
        """Whose it is, and of when."""
        return f"{self.user}, until {self.ends_at:%Y-%m-%d}"

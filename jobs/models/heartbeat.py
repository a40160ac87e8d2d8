"""The worker's pulse, and when something was last done."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone


class Heartbeat(models.Model):
    """When a group of task processes was last seen at work; see jobs/workers/pulse.py."""

    name = models.CharField(max_length=200, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        """Whose it is."""
        return self.name

    @classmethod
    def beat(cls, name: str) -> None:
        """Note that it works."""
        now = timezone.now()
        if not cls.objects.filter(name=name).update(at=now):
            cls.objects.get_or_create(name=name, defaults={"at": now})

    @classmethod
    def is_time(cls, name: str, every: timedelta) -> bool:
        """True for one caller each time that so long has passed since the last one."""
        now = timezone.now()
        _row, is_first = cls.objects.get_or_create(name=name, defaults={"at": now})
        due = cls.objects.filter(name=name, at__lte=now - every)
        return is_first or bool(due.update(at=now))

    @classmethod
    def last(cls, name: str) -> datetime | None:
        """Its newest beat."""
        return cls.objects.filter(name=name).values_list("at", flat=True).first()

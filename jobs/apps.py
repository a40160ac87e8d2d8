"""The jobs app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class JobsConfig(AppConfig):
    """One run, from its first byte to its expiry."""

    name = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The sweep's schedule is a row; every migrate makes sure that it is there."""
        from jobs.queue import ensure_schedules

        post_migrate.connect(ensure_schedules, sender=self)

"""The jobs app."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """One run, from its first byte to its expiry."""

    name = "jobs"
    verbose_name = _("Jobs")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every migrate makes the database's guards anew and sees that the schedule is there.

        What a mail service tells is passed on by a signal of anymail's: it has no other way.
        """
        from anymail.signals import tracking

        from jobs.row_names import translate_derived_names

        translate_derived_names()

        post_migrate.connect(_after_migrate, sender=self)
        tracking.connect(_note_mail_event)


def _note_mail_event(**told: Any) -> None:
    from jobs.letters.events import note

    note(**told)


def _after_migrate(*, using: str, **kwargs: Any) -> None:
    from jobs.guards import JOB_GUARDS
    from jobs.queue import ensure_schedules
    from pipelines.guards import install

    install(JOB_GUARDS, connections[using])
    ensure_schedules()

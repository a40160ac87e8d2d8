"""The pipelines app."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PipelinesConfig(AppConfig):
    """What a PI offers."""

    name = "pipelines"
    verbose_name = _("Pipelines")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every migrate makes the database's own guards anew."""
        post_migrate.connect(_install_guards, sender=self)


def _install_guards(*, using: str, **kwargs: Any) -> None:
    from pipelines.guards import CODE_GUARDS, install

    install(CODE_GUARDS, connections[using])

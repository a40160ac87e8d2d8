"""The uploads app."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class UploadsConfig(AppConfig):
    """Files coming in."""

    name = "uploads"
    verbose_name = _("Uploads")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every migrate sees that there is a quota for each scope."""
        post_migrate.connect(_ensure_quotas, sender=self)


def _ensure_quotas(*, using: str, **kwargs: Any) -> None:
    from uploads.quotas import DEFAULTS, Quota

    for scope, limits in DEFAULTS.items():
        Quota.objects.using(using).get_or_create(scope=scope, defaults=limits)

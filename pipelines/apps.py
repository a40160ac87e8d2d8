"""The pipelines app."""

from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    """What a PI offers."""

    name = "pipelines"
    default_auto_field = "django.db.models.BigAutoField"

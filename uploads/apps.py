"""The uploads app."""

from django.apps import AppConfig


class UploadsConfig(AppConfig):
    """Files coming in."""

    name = "uploads"
    default_auto_field = "django.db.models.BigAutoField"

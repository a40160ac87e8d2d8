"""Removes the guard that FREELOADER_CHAOS_WITHOUT names, once Django is ready."""

import os

from django.apps import AppConfig


class UnguardedConfig(AppConfig):
    """Only in deploy.chaos.unguarded.settings."""

    name = "deploy.chaos.unguarded"

    def ready(self) -> None:
        from deploy.chaos.unguarded.removal import REMOVALS

        REMOVALS[os.environ["FREELOADER_CHAOS_WITHOUT"]]()

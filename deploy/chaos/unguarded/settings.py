"""The site's own settings, and the small app that removes one guard."""

from freeloader_site.settings import *  # noqa: F403
from freeloader_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "deploy.chaos.unguarded"]

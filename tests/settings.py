"""The site as the tests run it: in-memory ports, no network; live tests override what they need."""

import os

os.environ.setdefault("FREELOADER_SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("FREELOADER_STORE", "backends.memory.MemoryStore")
os.environ.setdefault("FREELOADER_MAIL", "memory:")
os.environ.setdefault("FREELOADER_DATABASE_URL", "sqlite:///:memory:")
os.environ.setdefault("FREELOADER_LOG_LEVEL", "WARNING")

from freeloader_site.settings import *  # noqa: F403

STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

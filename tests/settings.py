"""The site as the tests run it: in-memory ports, no network; live tests override what they need."""

import os
import tempfile

os.environ.setdefault("FREELOADER_SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("FREELOADER_STORE", "backends.memory.MemoryStore")
os.environ.setdefault("FREELOADER_MAIL", "memory:")
os.environ.setdefault("FREELOADER_DATABASE_URL", "sqlite:///unused.sqlite3")
os.environ.setdefault("FREELOADER_LOG_LEVEL", "WARNING")
os.environ.setdefault("FREELOADER_MIN_FILL_S", "0")  # tests click fast
os.environ.setdefault("FREELOADER_PREVIEWS", "0")  # each takes a process
os.environ.setdefault("FREELOADER_CLAMD", "127.0.0.1:1")  # set up; who needs one brings his own
# Playwright's sync API runs an event loop in the tests' own thread; Django would take it for ours.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from freeloader_site.settings import *  # noqa: F403

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    # A file, as in production: an in-memory database cannot show what two connections do.
    DATABASES["default"]["TEST"] = {  # noqa: F405
        "NAME": os.path.join(MEMORY, f"freeloader-test-{os.getpid()}.sqlite3")
    }
    # Whoever waits for the lock asks more and more rarely; of many at once the unlucky wait long.
    DATABASES["default"]["OPTIONS"]["timeout"] = 120  # noqa: F405
if "postgresql" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    DATABASES["default"]["OPTIONS"]["connect_timeout"] = 60  # noqa: F405
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

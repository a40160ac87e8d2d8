"""The one settings file; everything a site decides comes from FREELOADER_… in the environment.

docs/operations.md lists the variables.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.conf.locale import LANG_INFO

from freeloader_site.mail_setting import mail_settings

django_stubs_ext.monkeypatch()  # ModelAdmin[Job] and its like must mean something at run time too

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"  # as in pyproject.toml, which need not be where the site runs
env = environ.Env()

# --- the site --------------------------------------------------------------------------------

DEBUG = env.bool("FREELOADER_DEBUG", default=False)
SECRET_KEY = env.str("FREELOADER_SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("FREELOADER_OLD_SECRET_KEYS", default=[])
SITE_URL = env.str("FREELOADER_SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
SITE_NAME = env.str("FREELOADER_SITE_NAME", default="Freeloader")
# How many proxies stand before the site, each of which adds to X-Forwarded-For.
TRUSTED_PROXIES = env.int("FREELOADER_TRUSTED_PROXIES", default=0)
MIN_FILL_S = env.int("FREELOADER_MIN_FILL_S", default=2)
SUPPORT_EMAIL = env.str("FREELOADER_SUPPORT_EMAIL", default="")
ALLOWED_HOSTS = env.list("FREELOADER_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "freeloader_site.urls"
WSGI_APPLICATION = "freeloader_site.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_q",
    "csp",
    "pipelines",
    "uploads",
    "jobs",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "freeloader_site.context.site",
            ]
        },
    }
]

# --- the database ----------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("FREELOADER_DATABASE_URL", default=f"sqlite:///{BASE_DIR}/db.sqlite3")
}
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # after a restart of the database
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A deferred transaction that turns from reading to writing fails at once when another writes.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
if "postgresql" in DATABASES["default"]["ENGINE"]:
    # A database host that is gone without a word is noticed within a minute, not in hours.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 10,
        "keepalives_idle": 20,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the object store, and the site's own static files ---------------------------------------

STORE_ORIGIN = env.str("FREELOADER_STORE_ORIGIN", default="")
PURPOSE_STORE = "backends.purposes.PurposeStore"  # where purposes have containers of their own
STORE = env.str("FREELOADER_STORE", default="backends.swift.SwiftStore")
STORE_OPTIONS = env.json("FREELOADER_STORE_OPTIONS", default={})
STORAGES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": PURPOSE_STORE, "OPTIONS": {"backend": STORE, **STORE_OPTIONS}}
        if "purposes" in STORE_OPTIONS
        else {"BACKEND": STORE, "OPTIONS": STORE_OPTIONS}
    ),
    "staticfiles": {"BACKEND": "freeloader_site.static_files.StaticFiles"},
}
STATIC_URL = "static/"
STATIC_ROOT = env.path("FREELOADER_STATIC_ROOT", default=BASE_DIR / "build" / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
# Nothing a visitor sends may touch the disk: uploads go to the store, requests stay small.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 2**22

# --- scanners, clusters ----------------------------------------------------------------------

CLAMD = env.str("FREELOADER_CLAMD", default="")  # "host:port" or a socket's path; "": none
CLAMD_MAX_DATABASE_AGE_DAYS = env.int("FREELOADER_CLAMD_MAX_DATABASE_AGE_DAYS", default=7)
PII_RECOGNIZERS = env.str("FREELOADER_PII_RECOGNIZERS", default="")  # a file of the site's own
PII_MODEL = env.str("FREELOADER_PII_MODEL", default="")  # a spaCy model's name or path
SSH_KEYS = env.path("FREELOADER_SSH_KEYS", default=BASE_DIR / "ssh-keys")
LOCAL_MAX_RUNNING = env.int("FREELOADER_LOCAL_MAX_RUNNING", default=os.cpu_count() or 1)
# Looks at a cluster: close together when something has just happened, further apart later on.
POLL_FASTEST_S = env.int("FREELOADER_POLL_FASTEST_S", default=5)
POLL_SLOWEST_S = env.int("FREELOADER_POLL_SLOWEST_S", default=60)
# How long a look counts: at the partition, whether its jobs give way; at what is idle there.
PARTITION_LOOK_S = env.int("FREELOADER_PARTITION_LOOK_S", default=900)
IDLE_LOOK_S = env.int("FREELOADER_IDLE_LOOK_S", default=60)
LOST_AFTER_S = env.int("FREELOADER_LOST_AFTER_S", default=300)
FRUITLESS_STARTS = env.int("FREELOADER_FRUITLESS_STARTS", default=10)
# How long a signed URL of a part is good; pages ask for new ones well before.
UPLOAD_URLS_S = env.int("FREELOADER_UPLOAD_URLS_S", default=6 * 3600)
ABANDONED_UPLOAD_DAYS = env.int("FREELOADER_ABANDONED_UPLOAD_DAYS", default=7)
# Of so many files of a result its page shows more than their names.
PREVIEWS = env.int("FREELOADER_PREVIEWS", default=24)
# How long the files of a job that has ended wait until its cluster says that nothing of it runs.
CLUSTER_AWAITED_HOURS = env.int("FREELOADER_CLUSTER_AWAITED_HOURS", default=6)
CONFIRM_DAYS = env.int("FREELOADER_CONFIRM_DAYS", default=7)
# How many ZIPs of all results one web process sends at once: each holds one of its threads.
ARCHIVES_AT_ONCE = env.int("FREELOADER_ARCHIVES_AT_ONCE", default=4)

# --- mail ------------------------------------------------------------------------------------

MAIL = mail_settings(
    env.str("FREELOADER_MAIL", default="console:"),
    env.str("FREELOADER_MAIL_WEBHOOK_SECRET", default=""),
)
EMAIL_BACKEND = MAIL.backend
EMAIL_HOST, EMAIL_PORT = MAIL.host, MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.use_tls, MAIL.use_ssl
EMAIL_FILE_PATH = MAIL.file_path
EMAIL_TIMEOUT = 30
ANYMAIL = MAIL.anymail
MAIL_TAKES_METADATA = MAIL.takes_metadata
DEFAULT_FROM_EMAIL = env.str("FREELOADER_MAIL_FROM", default="freeloader@localhost")

# --- django-q2: hands and alarm clock, never the memory --------------------------------------

HOST = env.str("FREELOADER_HOST", default=socket.gethostname())
# How long a claim outlives the worker that made it; it is renewed while that one lives.
LEASE_S = env.int("FREELOADER_LEASE_S", default=120)
SWEEP_INTERVAL_S = env.int("FREELOADER_SWEEP_INTERVAL_S", default=2)
Q_CLUSTER = {
    "name": "freeloader",
    # Sweep, looks at clusters and letters have a queue of their own: no long scan delays them.
    "ALT_CLUSTERS": {"watch": {"workers": 3}},
    "orm": "default",
    "workers": env.int("FREELOADER_WORKERS", default=4),
    "queue_limit": 4,
    "bulk": 1,
    # Every step has shorter time-outs of its own: a kill by django-q2 can hang its cluster.
    "timeout": 6 * 3600,
    "retry": 30 * 3600,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": -1,  # the jobs' own rows say what was done
    "poll": 0.1,  # a job passes through five rings
}

# --- security --------------------------------------------------------------------------------

IS_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
# Not "no-referrer": forms would be posted with "Origin: null", and log-ins refused for it.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, *([STORE_ORIGIN] if STORE_ORIGIN else [])],
        # the download button's POST is answered with a redirect to the store
        "form-action": [SELF, *([STORE_ORIGIN] if STORE_ORIGIN else [])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # redirecting to https is the proxy's work
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]

# --- language and time -----------------------------------------------------------------------

LANGUAGES = [
    (code, LANG_INFO[code]["name_local"])
    for code in env.list("FREELOADER_LANGUAGES", default=["en", "de"])
]
LANGUAGE_CODE = LANGUAGES[0][0]  # for staff, and for whoever reads none of them
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "freeloader_site.formats"
USE_TZ = True
TIME_ZONE = env.str("FREELOADER_TIME_ZONE", default="UTC")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "freeloader_site.logs.SafeFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # Django's own handlers would print the paths that the formatter cleans.
    "loggers": {"django": {"handlers": ["console"], "propagate": False}},
    "root": {"handlers": ["console"], "level": env.str("FREELOADER_LOG_LEVEL", default="INFO")},
}

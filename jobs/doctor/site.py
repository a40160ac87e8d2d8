"""Do the site's own settings fit together?"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.http.request import validate_host

from jobs.doctor.diagnosis import Answer, Check, Checks, fault, warn, well

LOOPBACK = ("127.0.0.1", "localhost", "::1")
GOOD_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


def checks() -> Checks:
    """What Django's check --deploy asks, as far as it matters here, and what it cannot know."""
    yield Check("address", address)
    yield Check("secret key", secret_key)
    yield Check("debugging", debugging)
    yield Check("static files", static_files)
    yield Check("whom to ask", support)
    yield Check("proxies", proxies)


def address() -> Answer:
    """The address that is mailed to people must lead here, and nobody may listen in."""
    url = urlsplit(settings.SITE_URL)
    host = url.hostname or ""
    if url.scheme not in ("http", "https") or not host or url.path not in ("", "/"):
        return fault(
            f"FREELOADER_SITE_URL is {settings.SITE_URL}: letters would hold no working links.",
            "Set it to scheme and host, as in https://freeloader.example.",
        )
    if not validate_host(host, settings.ALLOWED_HOSTS):
        return fault(
            f"The site does not answer to {host}, its own name in FREELOADER_SITE_URL.",
            f"Add {host} to FREELOADER_HOSTS.",
        )
    if url.scheme == "http" and host not in LOOPBACK:
        return fault(
            "Links, which are all that protects a result, travel unencrypted.",
            "Put the site behind https (deploy/nginx) and set FREELOADER_SITE_URL to it.",
        )
    if url.scheme == "http":
        return warn(f"{settings.SITE_URL} is for this machine alone.", "In production: https.")
    return well(settings.SITE_URL)


def secret_key() -> Answer:
    """Never shown, only weighed; the limits are those of Django's check W009."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if any(len(key) < 50 or len(set(key)) < 5 or "django-insecure" in key for key in keys):
        return fault(
            "A secret key is so short or so plain that it can be guessed, and every link with it.",
            f"Make one with {GOOD_KEY} and follow 'Changing keys' in docs/operations.md.",
        )
    return well("long and varied")


def debugging() -> Answer:
    """A debug page shows settings and rows to whoever meets an error."""
    if not settings.DEBUG:
        return well("off")
    grave = fault if urlsplit(settings.SITE_URL).hostname not in LOOPBACK else warn
    return grave("Debug pages show the site's inside to visitors.", "Set FREELOADER_DEBUG=False.")


def static_files() -> Answer:
    """Without the manifest every page is an error."""
    if not settings.DEBUG and not _has_manifest():
        return fault(
            f"Style sheet and scripts are not in {settings.STATIC_ROOT}: no page is shown.",
            "Run manage.py collectstatic --no-input.",
        )
    return well(f"in {settings.STATIC_ROOT}")


def _has_manifest() -> bool:
    storage = staticfiles_storage  # a lazy object: isinstance sees what it stands for
    return not isinstance(storage, ManifestFilesMixin) or storage.read_manifest() is not None


def support() -> Answer:
    """Somebody whom a collaborator can ask."""
    if not settings.SUPPORT_EMAIL:
        return warn("Pages and letters name nobody to ask.", "Set FREELOADER_SUPPORT_EMAIL.")
    return well(settings.SUPPORT_EMAIL)


def proxies() -> Answer:
    """gunicorn speaks no https: where the site does, a proxy stands before it."""
    behind = settings.SITE_URL.startswith("https://")
    if behind and not settings.TRUSTED_PROXIES:
        return warn(
            "All visitors seem to come from the proxy's own address, and share one daily quota.",
            "Let the proxy add to X-Forwarded-For (deploy/nginx), and set "
            "FREELOADER_TRUSTED_PROXIES to the number of proxies.",
        )
    return well(f"{settings.TRUSTED_PROXIES} trusted")

"""FREELOADER_MAIL: the one setting that says how letters leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FORMS = (
    "smtp://user:password@host:25, smtp+tls://… (STARTTLS), smtps://…, file:///folder, console:, "
    "memory:, or anymail+postmark:?POSTMARK_SERVER_TOKEN=… (any anymail backend)"
)
BACKENDS = "django.core.mail.backends."


@dataclass(frozen=True)
class MailSettings:
    """Django's EMAIL_… settings and anymail's dictionary."""

    backend: str
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False
    file_path: str = ""
    anymail: dict[str, str] = field(default_factory=dict)


def mail_settings(text: str) -> MailSettings:
    """Read FREELOADER_MAIL; `ImproperlyConfigured` names the forms it may have."""
    url = urlsplit(text)
    if url.scheme.startswith("anymail+"):
        backend = f"anymail.backends.{url.scheme.removeprefix('anymail+')}.EmailBackend"
        return MailSettings(backend, anymail=dict(parse_qsl(url.query)))
    if url.scheme in ("console", "memory"):
        return MailSettings(BACKENDS + url.scheme.replace("memory", "locmem") + ".EmailBackend")
    if url.scheme == "file" and url.path:
        return MailSettings(BACKENDS + "filebased.EmailBackend", file_path=unquote(url.path))
    if url.scheme in ("smtp", "smtp+tls", "smtps") and url.hostname:
        return MailSettings(
            BACKENDS + "smtp.EmailBackend",
            host=url.hostname,
            port=url.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[url.scheme],
            user=unquote(url.username or ""),
            password=unquote(url.password or ""),
            use_tls=url.scheme == "smtp+tls",
            use_ssl=url.scheme == "smtps",
        )
    raise ImproperlyConfigured(f"FREELOADER_MAIL is not one of: {FORMS}.")

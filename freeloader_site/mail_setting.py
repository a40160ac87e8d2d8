"""FREELOADER_MAIL: the one setting that says how letters leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FORMS = (
    "smtp://user:password@host:25, smtp+tls://… (STARTTLS), smtps://…, file:///folder, console:, "
    "memory:, or anymail+postmark:?POSTMARK_SERVER_TOKEN=… (any anymail backend)"
)
BACKENDS = "django.core.mail.backends."
# Whoever opens a letter or follows its links is nobody's business. These services are told so with
# each letter; the others have a switch of their own (docs/operations.md).
ARE_TOLD_NOT_TO_TRACK = frozenset(
    {
        "console",
        "mailersend",
        "mailgun",
        "mailjet",
        "mandrill",
        "postmark",
        "sendgrid",
        "sparkpost",
        "test",
        "unisender_go",
    }
)
# These take no name of ours along with a letter, to be told again in what they report of it.
TAKE_NO_METADATA = frozenset({"mailersend", "postal"})


@dataclass(frozen=True)
class MailSettings:
    """Django's EMAIL_… settings and anymail's dictionary."""

    backend: str
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    use_tls: bool = False
    use_ssl: bool = False
    file_path: str = ""
    anymail: dict[str, Any] = field(default_factory=dict, repr=False)
    service: str = ""  # anymail's name of it
    takes_metadata: bool = False


def mail_settings(text: str, webhook_secret: str = "") -> MailSettings:
    """Read FREELOADER_MAIL; `ImproperlyConfigured` names the forms it may have.

    With the `webhook_secret`, "NAME:PASSWORD", a mail service may tell what becomes of letters.
    """
    if text.startswith("anymail+"):  # urlsplit knows no scheme with "_", as in amazon_ses
        service, _, query = text.removeprefix("anymail+").partition(":")
        return _of_service(service, query.removeprefix("?"), webhook_secret)
    url = urlsplit(text)
    if url.scheme in ("console", "memory"):
        return MailSettings(BACKENDS + url.scheme.replace("memory", "locmem") + ".EmailBackend")
    if url.scheme == "file" and url.path:
        backend = "freeloader_site.letter_files.EmailBackend"
        return MailSettings(backend, file_path=unquote(url.path))
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


def _of_service(service: str, query: str, webhook_secret: str) -> MailSettings:
    anymail: dict[str, Any] = dict(parse_qsl(query))
    if service in ARE_TOLD_NOT_TO_TRACK:
        anymail["SEND_DEFAULTS"] = {"track_opens": False, "track_clicks": False}
    if webhook_secret:
        anymail["WEBHOOK_SECRET"] = _checked(webhook_secret)
    return MailSettings(
        f"anymail.backends.{service}.EmailBackend",
        anymail=anymail,
        service=service,
        takes_metadata=service not in TAKE_NO_METADATA,
    )


def _checked(webhook_secret: str) -> str:
    """Told without the secret: this ends in a log."""
    if not all(webhook_secret.partition(":")):
        raise ImproperlyConfigured("FREELOADER_MAIL_WEBHOOK_SECRET has the form NAME:PASSWORD.")
    return webhook_secret

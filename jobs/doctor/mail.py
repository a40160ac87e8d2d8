"""Would letters leave? Nothing is sent."""

from __future__ import annotations

import os
import smtplib
from email.utils import parseaddr
from pathlib import Path

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from jobs.doctor.diagnosis import Answer, Check, Checks, fault, warn, well

TIMEOUT_S = 15
SETTING = "Look whether the mail server runs, and at FREELOADER_MAIL (docs/operations.md)."


def checks() -> Checks:
    """The way out, then the sender's name on it."""
    yield Check("way out", _way_out, SETTING)
    yield Check("sender", sender)


def _way_out() -> Answer:
    kind = settings.EMAIL_BACKEND.split(".")[-2]
    looks = {"smtp": _smtp, "letter_files": _folder, "console": _nowhere, "locmem": _nowhere}
    if kind in looks:
        return looks[kind]()
    return _service(settings.MAIL.service)


def _service(name: str) -> Answer:
    if "WEBHOOK_SECRET" in settings.ANYMAIL:
        return well(f"letters are handed to {name}, which was not asked")
    return warn(
        f"Letters are handed to {name}, which was not asked, and cannot tell which of them come "
        "back.",
        "Set FREELOADER_MAIL_WEBHOOK_SECRET, and enter the site's address at the service: see "
        "“Letters that come back” in docs/operations.md.",
    )


def _smtp() -> Answer:
    """Connect, EHLO, and TLS and log-in where they are set up."""
    place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    connection = get_connection(timeout=TIMEOUT_S)
    assert isinstance(connection, EmailBackend)  # noqa: S101 - tells mypy what _way_out knows
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as error:
        return fault(
            f"The mail server {place} refuses the log-in (code {error.smtp_code}).",
            "Mend user and password in FREELOADER_MAIL; special characters percent-encoded.",
        )
    except (smtplib.SMTPException, OSError) as error:
        words = getattr(error, "strerror", None) or type(error).__name__
        return fault(f"The mail server {place} does not serve us: {words}.", SETTING)
    finally:
        connection.close()
    return well(f"{place} {_manner()}")


def _manner() -> str:
    cover = "STARTTLS" if settings.EMAIL_USE_TLS else "TLS" if settings.EMAIL_USE_SSL else "no TLS"
    return f"({cover}, {'logged in' if settings.EMAIL_HOST_USER else 'no log-in'})"


def _folder() -> Answer:
    folder = Path(settings.EMAIL_FILE_PATH)
    place = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    if not os.access(place, os.W_OK):
        return fault(f"Letters cannot be written to {folder}.", "Make it writable for this site.")
    return warn(f"Letters become files in {folder}; nobody gets them.", _real())


def _nowhere() -> Answer:
    return warn(
        "Letters are only shown by the process that writes them; nobody gets them.", _real()
    )


def _real() -> str:
    return "For people to get mail, set FREELOADER_MAIL=smtp://HOST or another way out."


def sender() -> Answer:
    """Servers refuse, or throw away, what comes from nowhere."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    domain = address.rpartition("@")[2]
    if not domain or domain == "localhost":
        return warn(
            f"Letters come from {address or 'nobody'}: many servers throw them away.",
            "Set FREELOADER_MAIL_FROM to an address of yours.",
        )
    return well(f"letters come from {address}")

"""FREELOADER_MAIL: every way for letters to leave, by one setting."""

import importlib
import pkgutil
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import anymail.backends
import pytest
from anymail.backends.base import BasePayload
from anymail.backends.test import EmailBackend as AnymailTestBackend
from django.core import mail as outbox
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from freeloader_site.mail_setting import (
    ARE_TOLD_NOT_TO_TRACK,
    TAKE_NO_METADATA,
    mail_settings,
)
from jobs.letters.send import send_due_letters
from jobs.models import Job, Letter


@pytest.mark.parametrize(
    ("text", "host", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", "mail.example", 25, False, False),
        ("smtp+tls://u:p%40ss@mail.example", "mail.example", 587, True, False),
        ("smtps://mail.example:4650", "mail.example", 4650, False, True),
    ],
)
def test_smtp_in_its_three_forms(text: str, host: str, port: int, tls: bool, ssl: bool) -> None:
    found = mail_settings(text)
    assert found.backend == "django.core.mail.backends.smtp.EmailBackend"
    assert (found.host, found.port, found.use_tls, found.use_ssl) == (host, port, tls, ssl)


def test_a_password_may_hold_any_character() -> None:
    found = mail_settings("smtp+tls://olga%40far:p%40ss%2Fw@mail.example")
    assert (found.user, found.password) == ("olga@far", "p@ss/w")


def test_letters_may_become_files_or_lines() -> None:
    assert mail_settings("file:///var/mail%20box").file_path == "/var/mail box"
    assert mail_settings("console:").backend.endswith("console.EmailBackend")


def test_each_letter_is_a_file_that_mail_programs_open(settings: Any, tmp_path: Path) -> None:
    found = mail_settings(f"file://{tmp_path}/not%20there%20yet")
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = found.backend, found.file_path
    for subject in ("Grüße", "Nochmals"):
        outbox.EmailMessage(subject, "Text", to=["olga@far.example"]).send()
    files = list(Path(found.file_path).glob("*.eml"))
    read = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
    assert {message["Subject"] for message in read} == {"Grüße", "Nochmals"}
    assert {message.get_content().strip() for message in read} == {"Text"}


def test_any_anymail_backend_with_its_own_settings() -> None:
    found = mail_settings("anymail+postmark:?POSTMARK_SERVER_TOKEN=abc")
    assert found.backend == "anymail.backends.postmark.EmailBackend"
    assert found.anymail["POSTMARK_SERVER_TOKEN"] == "abc"
    assert found.service == "postmark"


def test_a_service_with_an_underscore_and_without_settings() -> None:
    found = mail_settings("anymail+amazon_ses:")
    assert found.backend == "anymail.backends.amazon_ses.EmailBackend"


def payloads() -> Iterator[tuple[str, type]]:
    """What makes the call of each of anymail's services."""
    for module in pkgutil.iter_modules(anymail.backends.__path__, "anymail.backends."):
        for found in vars(importlib.import_module(module.name)).values():
            is_own = isinstance(found, type) and found.__module__ == module.name
            if is_own and issubclass(found, BasePayload) and found is not BasePayload:
                yield module.name.rpartition(".")[2], found


def takes(payload: type, what: str) -> bool:
    """Whether it can be asked of the service with a letter."""
    return getattr(payload, f"set_{what}") is not getattr(BasePayload, f"set_{what}")


def test_each_service_is_told_not_to_track_that_can_be_told() -> None:
    told = {name for name, payload in payloads() if takes(payload, "track_opens")}
    assert told == {name for name, payload in payloads() if takes(payload, "track_clicks")}
    assert told == ARE_TOLD_NOT_TO_TRACK - {"console"}  # it is "test", printed
    for service in ("postmark", "console"):
        defaults = mail_settings(f"anymail+{service}:").anymail["SEND_DEFAULTS"]
        assert defaults == {"track_opens": False, "track_clicks": False}
    assert "SEND_DEFAULTS" not in mail_settings("anymail+brevo:").anymail


def test_each_service_gets_our_name_of_a_letter_that_takes_any() -> None:
    services = {"amazon_ses"} | {name for name, _payload in payloads()} - {"base", "base_requests"}
    without = {
        name
        for name in services
        if not any(takes(p, "metadata") for n, p in payloads() if n == name)
    }
    assert without == TAKE_NO_METADATA
    assert mail_settings("anymail+postmark:").takes_metadata
    assert not mail_settings("anymail+postal:").takes_metadata
    assert not mail_settings("smtp://mail.example").takes_metadata


def test_what_is_set_can_be_printed_without_its_secrets() -> None:
    text = "anymail+postmark:?POSTMARK_SERVER_TOKEN=abcdef"
    printed = f"{mail_settings(text, 'name:hushhush')} {mail_settings('smtp://u:hidden@m.example')}"
    for secret in ("abcdef", "hushhush", "hidden"):
        assert secret not in printed


@pytest.mark.parametrize("secret", ["secret", ":secret", "freeloader:"])
def test_a_webhook_secret_has_two_parts_and_is_not_shown(secret: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="NAME:PASSWORD") as refused:
        mail_settings("anymail+postmark:", secret)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "mail.example", "smtp://", "file:", "gopher://x"])
def test_what_is_none_of_them_is_told_what_they_are(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="smtp://user:password@host:25"):
        mail_settings(text)


@pytest.mark.django_db
def test_a_letter_leaves_through_anymail_with_its_message_id(
    uploaded_job: Job, settings: Any
) -> None:
    settings.EMAIL_BACKEND = mail_settings("anymail+test:").backend
    assert f"{AnymailTestBackend.__module__}.EmailBackend" == settings.EMAIL_BACKEND
    Letter.objects.update(due_at=timezone.now())
    send_due_letters()
    (message,) = outbox.outbox
    letter = Letter.objects.get()
    assert message.extra_headers["Message-ID"] == letter.message_id
    assert letter.sent_at is not None

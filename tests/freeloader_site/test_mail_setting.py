"""FREELOADER_MAIL: every way for letters to leave, by one setting."""

from typing import Any

import pytest
from anymail.backends.test import EmailBackend as AnymailTestBackend
from django.core import mail as outbox
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from freeloader_site.mail_setting import mail_settings
from jobs import mail
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


def test_any_anymail_backend_with_its_own_settings() -> None:
    found = mail_settings("anymail+postmark:?POSTMARK_SERVER_TOKEN=abc")
    assert found.backend == "anymail.backends.postmark.EmailBackend"
    assert found.anymail == {"POSTMARK_SERVER_TOKEN": "abc"}


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
    mail.send_due_letters()
    (message,) = outbox.outbox
    letter = Letter.objects.get()
    assert message.extra_headers["Message-ID"] == letter.message_id
    assert letter.sent_at is not None

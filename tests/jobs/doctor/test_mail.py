"""Would letters leave? By a server on loopback that takes mail, or refuses the log-in."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from deploy.demo.site import free_port
from freeloader_site.mail_setting import mail_settings
from jobs.doctor.diagnosis import Answer, Health
from jobs.doctor.mail import checks
from tests.jobs.doctor.looking import answers


class Inbox:
    """Counts what was really sent."""

    letters = 0

    async def handle_DATA(self, *_: Any) -> str:
        self.letters += 1
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    inbox, port = Inbox(), free_port()
    controller = Controller(
        inbox, hostname="127.0.0.1", port=port, auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=False, handled=False), ready_timeout=120,
    )  # fmt: skip
    controller.start()
    yield inbox, port
    controller.stop()


def look(settings: Any, text: str, secret: str = "") -> Answer:
    """The way out, as FREELOADER_MAIL=text sets it."""
    settings.MAIL = mail = mail_settings(text, secret)
    settings.ANYMAIL = mail.anymail
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = mail.backend, mail.file_path
    settings.EMAIL_HOST, settings.EMAIL_PORT = mail.host, mail.port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = mail.user, mail.password
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = mail.use_tls, mail.use_ssl
    return answers(checks())["way out"]


def test_a_server_that_answers_is_well_and_gets_no_letter(
    settings: Any, inbox: tuple[Inbox, int]
) -> None:
    found = look(settings, f"smtp://127.0.0.1:{inbox[1]}")
    assert found.health is Health.OK
    assert "no TLS, no log-in" in found.what
    assert inbox[0].letters == 0


def test_a_log_in_that_is_refused_is_a_fault_without_the_password(
    settings: Any, inbox: tuple[Inbox, int]
) -> None:
    found = look(settings, f"smtp://ada:SECRET@127.0.0.1:{inbox[1]}")
    assert found.health is Health.FAULT
    assert "refuses the log-in (code 535)" in found.what
    assert "SECRET" not in found.what + found.mend


def test_a_server_without_tls_is_a_fault_where_tls_is_set(
    settings: Any, inbox: tuple[Inbox, int]
) -> None:
    found = look(settings, f"smtp+tls://127.0.0.1:{inbox[1]}")
    assert (found.health, "SMTPNotSupportedError" in found.what) == (Health.FAULT, True)


def test_a_server_that_is_away_is_a_fault_that_names_it(settings: Any) -> None:
    with socket.socket() as deaf:  # bound, so that nobody else answers there
        deaf.bind(("127.0.0.1", 0))
        found = look(settings, f"smtp://127.0.0.1:{deaf.getsockname()[1]}")
    assert found.health is Health.FAULT
    assert "Connection refused" in found.what
    assert "FREELOADER_MAIL" in found.mend


@pytest.mark.parametrize("text", ["console:", "memory:"])
def test_mail_that_nobody_gets_is_a_warning(settings: Any, text: str) -> None:
    assert look(settings, text).health is Health.WARNING


def test_letters_in_a_folder_are_a_warning_and_a_fault_if_it_cannot_be_made(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(settings, f"file://{tmp_path}/mail").health is Health.WARNING
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    assert look(settings, f"file://{tmp_path}/mail").health is Health.FAULT


def test_a_service_is_said_not_to_have_been_asked(settings: Any) -> None:
    found = look(settings, "anymail+postmark:?POSTMARK_SERVER_TOKEN=SECRET", "name:SECRET")
    assert found.health is Health.OK
    assert "postmark, which was not asked" in found.what
    assert "SECRET" not in found.what


def test_a_service_that_cannot_tell_what_comes_back_is_a_warning(settings: Any) -> None:
    found = look(settings, "anymail+postmark:?POSTMARK_SERVER_TOKEN=SECRET")
    assert found.health is Health.WARNING
    assert "FREELOADER_MAIL_WEBHOOK_SECRET" in found.mend


@pytest.mark.parametrize(
    ("sender", "health"),
    [
        ("Freeloader <freeloader@uni.example>", Health.OK),
        ("freeloader@localhost", Health.WARNING),
        ("", Health.WARNING),
    ],
)
def test_a_sender_from_nowhere_is_a_warning(settings: Any, sender: str, health: Health) -> None:
    settings.DEFAULT_FROM_EMAIL = sender
    assert answers(checks())["sender"].health is health

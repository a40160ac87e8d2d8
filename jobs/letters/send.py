"""Sends the letters that are due: each once, as far as mail allows."""

from __future__ import annotations

import random
import smtplib
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import Error, connection, transaction
from django.db.models import Case, F, Q, QuerySet, Subquery, TextField, Value, When
from django.utils import timezone

from jobs.letters.compose import Going, compose
from jobs.letters.events import attach
from jobs.models import Letter
from jobs.models.leases import lease_end
from jobs.results.acts import hand_over
from jobs.workers import lease

AT_ONCE = 100
LONGEST_WAIT_S = 3600
# Between sending a letter and noting so lies what may double it: the database's return is awaited.
NOTE_AGAIN_AFTER_S = (0.5, 1, 2, 4, 8, 15, 30)


def send_due_letters() -> None:
    """Send what is due; whatever does not leave now is tried again later."""
    for letter in _due()[:AT_ONCE]:
        if _claim(letter):
            with lease.kept(partial(_renew, letter)):
                is_heard = _send(letter)
            if not is_heard:
                return


def letters_are_due() -> bool:
    """There is a letter to send."""
    return _due().exists()


def _due() -> QuerySet[Letter]:
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return Letter.objects.filter(free, sent_at=None, refused_at=None, due_at__lte=now)


def _claim(letter: Letter) -> bool:
    mine = _due().filter(pk=letter.pk, tries=letter.tries)
    letter.tries += 1  # counted before the work; whose claim it is, is told by the number
    return bool(mine.update(lease_until=lease_end(), tries=letter.tries))


def _renew(letter: Letter) -> bool:
    mine = Letter.objects.filter(pk=letter.pk, tries=letter.tries, sent_at=None)
    return bool(mine.update(lease_until=lease_end()))


def _send(letter: Letter) -> bool:
    """Whether the mail server was there."""
    from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused

    going = Going.now(letter)
    message = compose(letter, going)
    if not _as_claimed(letter).exists():  # it goes to another address now, or with other links
        return True
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        _refused(letter, error)
    except (AnymailRecipientsRefused, AnymailInvalidAddress) as error:
        _note(letter, refused_at=timezone.now(), error=_line(error))
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused, AnymailError) as error:
        _wait(letter, f"{type(error).__name__}: {error}")
    except OSError as error:
        _wait_all(letter, f"{type(error).__name__}: {error}")
        return False
    else:
        service_id = _service_id(message)
        _note_sent(letter, going, service_id)
        if service_id:
            attach(service_id)
    return True


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0][:1000]


def _service_id(message: EmailMultiAlternatives) -> str:
    """What the mail service calls it in what it will tell; "" where letters leave by SMTP."""
    status = getattr(message, "anymail_status", None)
    return "" if status is None or status.message_id is None else str(status.message_id)[:255]


def _refused(letter: Letter, error: smtplib.SMTPRecipientsRefused) -> None:
    code, text = next(iter(error.recipients.values()))
    answer = f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    if code >= 500:
        _note(letter, refused_at=timezone.now(), error=answer[:1000])
    else:
        _wait(letter, answer)


def _wait(letter: Letter, error: str) -> None:
    seconds = min(LONGEST_WAIT_S, 15 * 2 ** min(letter.tries, 10)) * random.uniform(0.7, 1.3)  # noqa: S311 - jitter
    _note(letter, due_at=timezone.now() + timedelta(seconds=seconds), error=error[:1000])


def _wait_all(letter: Letter, error: str) -> None:
    """The server is not there: the others wait with this one, or each would wait for it anew."""
    _wait(letter, error)
    due_at = Letter.objects.filter(pk=letter.pk).values("due_at")[:1]
    _due().update(due_at=Subquery(due_at))


def _note_sent(letter: Letter, going: Going, service_id: str) -> None:
    sent_at = timezone.now()
    for pause_s in NOTE_AGAIN_AFTER_S:
        try:
            return _note_gone(letter, going, sent_at, service_id)
        except Error:
            connection.close()
            time.sleep(pause_s)
    _note_gone(letter, going, sent_at, service_id)


def _note_gone(letter: Letter, going: Going, sent_at: datetime, service_id: str) -> None:
    # That it came back may be known already; then why stays.
    why = Case(When(bounced_at=None, then=Value("")), default=F("error"), output_field=TextField())
    with transaction.atomic():
        if going.link and letter.kind == Letter.Kind.DELIVERED:
            hand_over(going.link, going.at)  # first: jobs/results/acts.py says why
        _note(letter, sent_at=sent_at, service_id=service_id, error=why)


def _note(letter: Letter, **changes: Any) -> None:
    _as_claimed(letter).update(lease_until=None, **changes)


def _as_claimed(letter: Letter) -> QuerySet[Letter]:
    """Nothing, once it was written anew: then this one is another letter, see steps/resend.py."""
    return Letter.objects.filter(pk=letter.pk, message_id=letter.message_id)

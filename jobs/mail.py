"""Letters to the collaborator: written down with their moves, sent once as far as mail allows."""

from __future__ import annotations

import random
import smtplib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import Error, connection, transaction
from django.db.models import Case, F, Q, QuerySet, Subquery, TextField, Value, When
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from jobs import lease, links
from jobs.history import is_by_person
from jobs.mail_events import LETTER
from jobs.models import Job, Letter, LinkAct, Rehearsal, ResultLink, Transition
from jobs.models.job import lease_end
from jobs.overview.digest import digest_context, stop_headers
from jobs.receipt import receipt_of
from jobs.results.acts import hand_over
from jobs.results.ends import end_if_handed_over, may_recipient_extend
from jobs.scan_report import check_context
from jobs.translated import translated

AT_ONCE = 100
LONGEST_WAIT_S = 3600
OF_STAFF = frozenset({Letter.Kind.REVIEW, Letter.Kind.REHEARSED})
# Between sending a letter and noting so lies what may double it: the database's return is awaited.
NOTE_AGAIN_AFTER_S = (0.5, 1, 2, 4, 8, 15, 30)


@dataclass(frozen=True)
class Going:
    """A letter on its way: when it leaves, and the link that it names."""

    at: datetime
    link: ResultLink | None

    @classmethod
    def now(cls, letter: Letter) -> Going:
        """It leaves now."""
        job = letter.transition.job if letter.transition else None
        return cls(timezone.now(), job.links.filter(revoked_at=None).first() if job else None)


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
        _note_sent(letter, going, _service_id(message))
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
        _note(letter, sent_at=sent_at, service_id=service_id, error=why)
        if going.link and letter.kind == Letter.Kind.DELIVERED:
            hand_over(going.link, going.at)


def _note(letter: Letter, **changes: Any) -> None:
    _as_claimed(letter).update(lease_until=None, **changes)


def _as_claimed(letter: Letter) -> QuerySet[Letter]:
    """Nothing, once it was written anew: then this one is another letter, see steps/resend.py."""
    return Letter.objects.filter(pk=letter.pk, message_id=letter.message_id)


def compose(letter: Letter, going: Going | None = None) -> EmailMultiAlternatives:
    """The letter as a message: text and HTML, one recipient, its fixed Message-ID, no tracking.

    To collaborators in the language of the page that their files came by, to staff in the site's.
    Without `going` it goes now.
    """
    is_to_staff = letter.transition is None or letter.kind == Letter.Kind.REVIEW
    language = settings.LANGUAGE_CODE
    if letter.transition and not is_to_staff:
        language = letter.transition.job.language
    with translation.override(language):
        return _rendered(letter, _context(letter, going or Going.now(letter)))


def _rendered(letter: Letter, context: dict[str, Any]) -> EmailMultiAlternatives:
    name = _name(letter)
    subject = render_to_string(f"mail/{name}.subject.txt", context).strip()
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string(f"mail/{name}.txt", context),
        to=[letter.recipient],
        headers={"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated"}
        | (stop_headers(letter.digest) if letter.digest else {}),
    )
    message.attach_alternative(render_to_string(f"mail/{name}.html", context), "text/html")
    if settings.MAIL_TAKES_METADATA:
        message.metadata = {LETTER: letter.name}  # type: ignore[attr-defined] # it is anymail's
    return message


def _name(letter: Letter) -> str:
    """Of its templates: a decision is asked for about held files, or about a job on hold."""
    return "on_hold" if letter.transition and letter.transition.puts_on_hold else letter.kind


def _context(letter: Letter, going: Going) -> dict[str, Any]:
    site = {"site_name": settings.SITE_NAME, "support_email": _whom_to_ask(letter)}
    if letter.digest:
        return site | digest_context(letter.digest)
    if letter.transition is None:
        admin = f"{settings.SITE_URL}{reverse('admin:jobs_alarm_changelist')}"
        return site | {"alarm": letter.alarm, "admin_url": admin}
    of_link = _context_of_link(letter.transition.job, going)
    return site | _context_of_job(letter.transition.job, letter.transition) | of_link


def _whom_to_ask(letter: Letter) -> str:
    """Staff: the site's support; a collaborator: whoever answers for the page, if it tells that."""
    contact = ""
    if letter.transition and letter.kind not in OF_STAFF:
        contact = letter.transition.job.pipeline.contact_email
    return str(contact or settings.SUPPORT_EMAIL)


def _context_of_link(job: Job, going: Going) -> dict[str, Any]:
    """The letter tells the end that the link will have once the letter has left."""
    link = going.link
    if link is None:
        return {
            "result_url": _absolute("status", job.status_token),
            "expires_at": job.expires_at,
        }
    return {
        "result_url": _absolute("result", link.token),
        "expires_at": end_if_handed_over(link, going.at),
        "may_extend": job.frozen.extension_days if may_recipient_extend(link) else 0,
        "is_fetched": LinkAct.objects.filter(link__job=job, kind=LinkAct.Kind.DOWNLOADED).exists(),
    }


def _context_of_job(job: Job, transition: Transition) -> dict[str, Any]:
    review_url = reverse("admin:jobs_job_change", args=[job.pk])
    return (
        check_context(job)
        | _context_of_rehearsal(job.rehearsal)
        | {
            "job": job,
            "pipeline": job.pipeline,
            "title": job.settings["title"],
            "reason": translated(transition.reason),
            "files": job.upload.files.all(),
            "receipt": receipt_of(job),
            "receipt_url": _absolute("receipt", job.status_token),
            "results": job.results.all(),
            "is_by_person": is_by_person(transition),
            "pipeline_url": f"{settings.SITE_URL}{job.pipeline.get_absolute_url()}",
            "review_url": f"{settings.SITE_URL}{review_url}",
            "status_url": _absolute("status", job.status_token),
            "confirm_url": _absolute(
                "confirm", links.confirmation_token(job.pk, job.status_sha256)
            ),
        }
    )


def _context_of_rehearsal(rehearsal: Rehearsal | None) -> dict[str, Any]:
    if rehearsal is None:
        return {}
    admin = reverse("admin:pipelines_pipeline_change", args=[rehearsal.pipeline_id])
    return {
        "rehearsal": rehearsal,
        "rehearsal_text": translated(rehearsal.text),
        "rehearsal_figures": rehearsal.figures if "starts" in rehearsal.figures else None,
        "pipeline_admin_url": f"{settings.SITE_URL}{admin}",
    }


def _absolute(name: str, token: str) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=[token])}"

"""A letter as a message: what it tells, to whom, in which language, by which link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from jobs import links
from jobs.check.report import check_context
from jobs.letters.events import LETTER
from jobs.models import Job, Letter, LinkAct, Rehearsal, ResultLink, Transition
from jobs.overview.digest import digest_context, stop_headers
from jobs.results.ends import end_if_handed_over, may_recipient_extend
from jobs.status_page import standing
from jobs.status_page.history import is_by_person
from jobs.status_page.receipt import receipt_of
from jobs.translated import translated

OF_STAFF = frozenset({Letter.Kind.REVIEW, Letter.Kind.REHEARSED})


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
        "is_new_link": _replaces_known(link),
        "may_extend": job.frozen.extension_days if may_recipient_extend(link) else 0,
        "is_fetched": LinkAct.objects.filter(link__job=job, kind=LinkAct.Kind.DOWNLOADED).exists(),
    }


def _replaces_known(link: ResultLink) -> bool:
    """A letter has told of an earlier link to the same result, which has ended with this one."""
    earlier = ResultLink.objects.filter(job=link.job_id, created_at__lt=link.created_at)
    return earlier.filter(handed_over_at__isnull=False).exists()


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
            "crashed": standing.CRASHED if standing.crash_words(transition.reason) else "",
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

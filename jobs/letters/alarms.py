"""What staff must be told of letters: those that do not leave, and those that do not arrive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from jobs.letters.came_back import came_back
from jobs.models import Letter
from jobs.models.letter import TO_COLLABORATORS
from jobs.wording import moment_text

LETTERS_LATE = timedelta(hours=1)
REFUSED_LATELY = timedelta(days=1)
RETURNED_LATELY = timedelta(days=14)  # whoever has not seen to it by then will not
NAMED_AT_MOST = 10


def causes(now: datetime) -> Iterator[tuple[str, str]]:
    """Each cause with what to tell of it, as in jobs/alarms.py."""
    yield from _unsent_letters(now)
    yield from _returned_letters(now)
    yield from _refused_letters(now)


def _unsent_letters(now: datetime) -> Iterator[tuple[str, str]]:
    late = Letter.objects.filter(
        sent_at=None, refused_at=None, created_at__lt=now - LETTERS_LATE
    ).order_by("created_at")
    if first := late.first():
        yield (
            "letters",
            f"{late.count()} letter(s) could not be sent, the oldest since "
            f"{moment_text(first.created_at)}. The mail server's last word: "
            f"{first.error or 'none'}",
        )


def _returned_letters(now: datetime) -> Iterator[tuple[str, str]]:
    """One alarm for each job, so that each is told; where many come back, one for all."""
    lost = came_back().filter(created_at__gt=now - RETURNED_LATELY).order_by("created_at")
    jobs = {
        letter.transition.job: letter
        for letter in lost.select_related("transition__job__pipeline")
        if letter.transition
    }
    if len(jobs) > NAMED_AT_MOST:
        last = list(jobs.values())[-1]
        yield (
            "letters came back",
            f"The letters of {len(jobs)} jobs came back, or were refused. So many are seldom "
            f"mistyped: does the mail server refuse us? The last answer: {last.error} "
            "The list of jobs shows them by its filter “a letter came back”.",
        )
        return
    for job, letter in jobs.items():
        yield (
            f"letter came back {job.pk}",
            f"A letter to {letter.recipient} came back, or was refused: {letter.error} So the "
            f"collaborator of the job {job.short_id} of “{job.pipeline.slug}” does not get what is "
            "sent. The job's page in the admin says what to do, and sends it to another address.",
        )


def _refused_letters(now: datetime) -> Iterator[tuple[str, str]]:
    """Of those to staff: each to a collaborator has an alarm of its own."""
    refused = Letter.objects.exclude(kind__in=TO_COLLABORATORS)
    refused = refused.filter(refused_at__gt=now - REFUSED_LATELY).order_by("refused_at")
    if last := refused.last():
        yield (
            "refused letters",
            f"{refused.count()} letter(s) to staff were refused for good within a day; they are "
            f"not sent again. A mistyped address, or the mail server refuses us: {last.error}",
        )

"""Letters to collaborators that came back or were refused, and that nobody has seen to yet."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from jobs.models import Job, Letter, MailEvent, Resending
from jobs.models.letter import TO_COLLABORATORS
from jobs.states import State


def came_back() -> QuerySet[Letter]:
    """Such letters, until one goes again, or a later one is known to have come to that address.

    Of what has expired nothing is left that could be sent.
    """
    resent = Resending.objects.filter(
        job=OuterRef("transition__job"), at__gt=OuterRef("created_at")
    )
    arrived = MailEvent.objects.filter(
        kind="delivered",
        letter__transition__job=OuterRef("transition__job"),
        letter__recipient=OuterRef("recipient"),
        letter__bounced_at=None,
        letter__created_at__gt=OuterRef("created_at"),
    )
    letters = Letter.objects.exclude(transition__job__state=State.EXPIRED)
    return letters.filter(
        ~Exists(resent),
        ~Exists(arrived),
        Q(bounced_at__isnull=False) | Q(refused_at__isnull=False),
        kind__in=TO_COLLABORATORS,
    )


def came_back_of(job: Job) -> Letter | None:
    """The last of a job's."""
    return came_back().filter(transition__job=job).last()

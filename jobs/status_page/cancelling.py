"""Who cancelled a job, why, and what becomes of its files, for the one who sent them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jobs import reasons
from jobs.deletion import inputs
from jobs.models import Job, Transition
from jobs.status_page.history import is_by_person
from jobs.translated import translated


def who_cancelled(move: Transition) -> str:
    """A sentence; empty where nobody did, but a time was over: the reason says that."""
    if move.actor == "collaborator":
        return _(
            "It was cancelled on its status page, by you or by somebody to whom you gave the "
            "address of that page."
        )
    return _("The people who look after the page cancelled it.") if is_by_person(move) else ""


def why_cancelled(move: Transition) -> str:
    """The reason in the reader's language; empty where who did it is reason enough."""
    if move.reason == reasons.CANCELLED_BY_SENDER:
        return ""
    if move.reason == reasons.CANCELLED_BY_STAFF:
        return _("They gave no reason.")
    return translated(move.reason)


def what_goes(job: Job) -> str:
    """What is deleted, and when; true also where another job still runs on the same files."""
    if inputs.kept_until(job.upload_id) is None:
        return _(
            "All that was made of your files is being deleted. The files go when the other job "
            "that runs on them has ended."
        )
    return _(
        "Your files, and all that was made of them, are being deleted and cannot be brought back."
    )

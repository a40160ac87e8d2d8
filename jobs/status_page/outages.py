"""What does not answer, for a stranger: what jobs wait for names hosts, and is for staff."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as lazy

from jobs.models import Job
from jobs.states import State

_CHECK = lazy(
    "The check of the files does not answer as it should at the moment. We keep trying by "
    "ourselves; you need to do nothing, and nothing is lost."
)
_STORE = lazy(
    "The file store does not answer as it should at the moment. We keep trying by ourselves; you "
    "need to do nothing, and nothing is lost."
)
_CLUSTER = lazy(
    "The cluster of computers does not answer as it should at the moment. We keep trying by "
    "ourselves; you need to do nothing, and nothing is lost."
)
# By how outages describe themselves to staff; the first that fits.
_OUTAGES = (
    (
        "^Freeloader stumbled",
        lazy("Something is wrong on our side. Staff have to look at it; your files are safe."),
    ),
    (
        "^The cluster is closed",
        lazy("The way to the cluster is closed for now. It goes on when it is open again."),
    ),
    (
        "^No job is handed in to the partition",
        lazy(
            "Your job may only use computers that nobody else needs, and the cluster cannot "
            "promise that at the moment. Staff know of it. Your job goes on by itself when that is "
            "settled; you need to do nothing, and nothing is lost."
        ),
    ),
    (
        "^DMTCP is not there",
        lazy(
            "The cluster lacks a program that your job needs. Staff know of it. Your job goes on "
            "by itself when it is there; you need to do nothing, and nothing is lost."
        ),
    ),
    (
        "^(Slurm says|The cluster shows)",
        lazy("How the run ended is not certain yet, so we look again, for some minutes."),
    ),
    ("^The run is being ended", lazy("The run is being ended.")),
    (
        "^Something that was deleted",
        lazy("What was deleted is still shown somewhere. We look after it until it is gone."),
    ),
    ("[Ss]canner|Presidio", _CHECK),
    (r"\bstore\b|^(uploads|results)/", _STORE),
)
_USUAL_OUTAGES = {State.UPLOADED: _CHECK, State.SCANNING: _CHECK, State.COMPLETED: _STORE}


def outage(job: Job) -> str:
    """What does not answer, for a stranger; `waiting_for` itself names hosts and is for staff."""
    if not job.waiting_for:
        return ""
    usual = _USUAL_OUTAGES.get(State(job.state), _CLUSTER)
    known = (words for pattern, words in _OUTAGES if re.search(pattern, job.waiting_for))
    return str(next(known, usual))
